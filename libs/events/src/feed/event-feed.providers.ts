import type { Provider } from '@nestjs/common';
import { Clock, RedisConnections } from '#libs/platform';
import { EventFeed } from './event-feed.js';
import { InProcessEventFeed } from './in-process-event-feed.js';
import { RedisEventFeed } from './redis-event-feed.js';

/** For a service that is one process. */
export const IN_PROCESS_EVENT_FEED: Provider = { provide: EventFeed, useClass: InProcessEventFeed };

/** For any number of processes; needs the connections of the lookup queue on Redis. */
export const REDIS_EVENT_FEED: Provider = {
  provide: EventFeed,
  inject: [RedisConnections, Clock],
  useFactory: (connections: RedisConnections, clock: Clock) => new RedisEventFeed(connections, clock),
};
