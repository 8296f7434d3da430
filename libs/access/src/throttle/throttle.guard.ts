import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  ThrottlerStorage,
} from '@nestjs/throttler';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { objectsIn } from '#libs/platform';
import { tellWhatIsLeft } from './allowance.js';
import { MINUTE_MS } from './bucket.js';
import { Buckets } from './buckets.js';
import { batchBeyondLimit, tooManyRequests } from './throttle-refusals.js';

/**
 * Counts requests per API key, else per source address (per /64 of IPv6), and refuses those beyond the limit per minute. A
 * batch counts as many as it has events; one that is refused costs one, as all do whose body was read in vain. RequestThrottle
 * finds out before whose they are, and counts what does not come this far.
 */
@Injectable()
export class ThrottleGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    private readonly buckets: Buckets,
  ) {
    super(options, storage, reflector);
  }

  /**
   * Not the library's own, which looks for limits of each route first: here are none.
   * @throws AccessError `too_many_requests`, `batch_beyond_limit`
   */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, reply } = requestOf(context);
    const { allowance } = request;
    if (allowance === null) return true;
    const { client, perMinute } = allowance;
    const count = objectsIn(request);
    if (count > perMinute) throw batchBeyondLimit(count, perMinute);
    const taken = await this.buckets.take(client, perMinute, count);
    if (taken.isAllowed || count === 1) {
      allowance.isSettled = true;
      tellWhatIsLeft(reply, perMinute, taken);
    }
    if (taken.isAllowed) return true;
    // The refusal of a batch costs one, which has to be there again as well.
    throw tooManyRequests(perMinute, taken.thereInMs + (count === 1 ? 0 : MINUTE_MS / perMinute));
  }
}

function requestOf(context: ExecutionContext): { request: FastifyRequest; reply: FastifyReply } {
  const http = context.switchToHttp();
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
}
