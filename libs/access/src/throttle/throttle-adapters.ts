import type { Provider } from '@nestjs/common';
import { Clock, RedisConnections } from '#libs/platform';
import { Buckets } from './buckets.js';
import { MemoryBuckets } from './memory-buckets.js';
import { RedisBuckets } from './redis-buckets.js';

/** Allowances of one process. */
export const IN_PROCESS_THROTTLE: Provider = {
  provide: Buckets,
  inject: [Clock],
  useFactory: (clock: Clock) => new MemoryBuckets(clock),
};

/** Allowances that all processes share. */
export const REDIS_THROTTLE: Provider = {
  provide: Buckets,
  inject: [RedisConnections, Clock],
  useFactory: (redis: RedisConnections, clock: Clock) => new RedisBuckets(redis, clock),
};
