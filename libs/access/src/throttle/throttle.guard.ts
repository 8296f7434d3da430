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
import { AddressRetention, lookupKeyOf, SourceIpReader } from '#libs/geolocation';
import { accessRuleOf, callerOf, objectsIn, Settings } from '#libs/platform';
import { AccessError } from '../domain/access-error.js';
import { MINUTE_MS, type Taken } from './bucket.js';
import { Buckets } from './buckets.js';

const SECOND_MS = 1_000;

/**
 * Counts requests per API key, else per source address (per /64 of IPv6), and refuses those beyond the limit per minute. A
 * batch counts as many as it has events. Answers tell what is left, as draft-ietf-httpapi-ratelimit-headers-10 says.
 */
@Injectable()
export class ThrottleGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    private readonly buckets: Buckets,
    private readonly sourceIp: SourceIpReader,
    private readonly addresses: AddressRetention,
    private readonly settings: Settings,
  ) {
    super(options, storage, reflector);
  }

  /**
   * Not the library's own, which looks for limits of each route first: here are none.
   * @throws AccessError `too_many_requests`, `batch_beyond_limit`
   */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { request, reply } = requestOf(context);
    const perMinute = this.limitOf(request);
    if (perMinute === 0 || accessRuleOf(request) === 'anyone') return true;
    const count = objectsIn(request);
    if (count > perMinute) throw batchBeyondLimit(count, perMinute);
    const taken = await this.buckets.take(this.clientOf(request), perMinute, count);
    tell(reply, perMinute, taken);
    if (!taken.isAllowed) throw tooManyRequests(perMinute, taken);
    return true;
  }

  private limitOf(request: FastifyRequest): number {
    return callerOf(request).throttlePerMinute ?? this.settings.throttlePerMinute;
  }

  private clientOf(request: FastifyRequest): string {
    const { keyId } = callerOf(request);
    if (keyId !== null) return `key:${keyId}`;
    return `address:${this.addresses.rememberedAs(lookupKeyOf(this.sourceIp.of(request)))}`;
  }
}

function requestOf(context: ExecutionContext): { request: FastifyRequest; reply: FastifyReply } {
  const http = context.switchToHttp();
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
}

function tell(reply: FastifyReply, perMinute: number, { left, fullInMs }: Taken): void {
  void reply.header('ratelimit-policy', `"default";q=${perMinute};w=${MINUTE_MS / SECOND_MS}`);
  void reply.header('ratelimit', `"default";r=${left};t=${Math.ceil(fullInMs / SECOND_MS)}`);
}

function tooManyRequests(perMinute: number, { thereInMs }: Taken): AccessError {
  const retryAfterSeconds = Math.max(1, Math.ceil(thereInMs / SECOND_MS));
  const message = `More than ${perMinute} requests a minute; each event of a batch counts as one.`;
  return new AccessError('too_many_requests', message, { retryAfterSeconds });
}

/** A limit that is never reached by waiting. */
function batchBeyondLimit(count: number, perMinute: number): AccessError {
  return new AccessError('batch_beyond_limit', `The batch has more events than may be submitted in a minute.`, {
    errors: [{ field: 'events', message: `expected at most ${perMinute}, found ${count}` }],
  });
}
