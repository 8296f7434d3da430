import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AddressRetention, lookupKeyOf, SourceIpReader } from '#libs/geolocation';
import { accessRuleOf, callerOf, Settings } from '#libs/platform';
import { type Allowance, tellWhatIsLeft } from './allowance.js';
import { Buckets } from './buckets.js';
import { tooManyRequests } from './throttle-refusals.js';

/** What a request costs that is refused before anybody knows how many events it has. */
const REFUSED_COSTS = 1;

/**
 * Throttles what no guard sees, since it is refused before: bodies that cannot be read or are too large, wrong methods and paths. Each
 * costs one. Who has nothing left, as far as this process has heard, is refused before the body is read: that asks nobody.
 */
@Injectable()
export class RequestThrottle {
  constructor(
    private readonly buckets: Buckets,
    private readonly sourceIp: SourceIpReader,
    private readonly addresses: AddressRetention,
    private readonly settings: Settings,
  ) {}

  /** Call when callers are known, and before anything else may refuse a request. */
  watch(fastify: FastifyInstance): void {
    fastify.decorateRequest('allowance', null);
    fastify.addHook('onRequest', (request, reply, done) => {
      try {
        this.admit(request, reply);
        done();
      } catch (error) {
        done(error as Error);
      }
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const { allowance } = request;
      if (allowance === null || allowance.isSettled || !isRefusal(reply)) return done(null, payload);
      void this.charge(allowance, reply).then(() => done(null, payload), done);
    });
  }

  /** @throws AccessError `too_many_requests` */
  private admit(request: FastifyRequest, reply: FastifyReply): void {
    const perMinute = callerOf(request).throttlePerMinute ?? this.settings.throttlePerMinute;
    if (perMinute === 0 || accessRuleOf(request) === 'anyone') return;
    const allowance = { client: this.clientOf(request), perMinute, isSettled: false };
    request.allowance = allowance;
    const known = this.buckets.lookAt(allowance.client, perMinute);
    if (known.isAllowed) return;
    allowance.isSettled = true;
    tellWhatIsLeft(reply, perMinute, known);
    throw tooManyRequests(perMinute, known.thereInMs);
  }

  private async charge(allowance: Allowance, reply: FastifyReply): Promise<void> {
    allowance.isSettled = true;
    const { client, perMinute } = allowance;
    tellWhatIsLeft(reply, perMinute, await this.buckets.take(client, perMinute, REFUSED_COSTS));
  }

  private clientOf(request: FastifyRequest): string {
    const { keyId } = callerOf(request);
    if (keyId !== null) return `key:${keyId}`;
    return `address:${this.addresses.rememberedAs(lookupKeyOf(this.sourceIp.of(request)))}`;
  }
}

/** What the service itself could not do is nobody's cost. */
function isRefusal({ statusCode }: FastifyReply): boolean {
  return statusCode >= 400 && statusCode < 500;
}
