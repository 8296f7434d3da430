import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SourceIpReader } from '#libs/geolocation';
import { type AccessRule, type Caller, Metrics, PlatformError, SCOPES, unlessLate } from '#libs/platform';
import { AccessError } from '../domain/access-error.js';
import { type ApiKeyText, secretHashOf } from '../domain/api-key.js';
import { type GrantedKey, hasScope, mayComeFrom } from './granted-key.js';
import { KnownKeys } from './known-keys.js';
import { presentedKey, unauthenticated } from './presented-key.js';

/**
 * A part of the 2 s that a submission has, and of the 1.5 s of a scrape. Whom that is too short, since the database is slow, is
 * let in when the keys have been read, which goes on without it.
 */
const LONGEST_WAIT_MS = 600;

/** Of the calls that every key may make. */
const ANY = 'any';

class LateError extends Error {
  override readonly name = 'LateError';

  constructor() {
    super(`the API keys could not be read within ${LONGEST_WAIT_MS} ms`);
  }
}

/** Holds requests against the API keys. */
@Injectable()
export class Gatekeeper {
  private readonly unchecked;

  constructor(
    private readonly keys: KnownKeys,
    private readonly sourceIp: SourceIpReader,
    metrics: Metrics,
  ) {
    this.unchecked = metrics.counter({
      name: 'whence_requests_unchecked_total',
      help: 'Requests answered 503 since their API key could not be checked, by the scope that they need.',
      labels: ['scope'],
    });
    // The first one would else be no increase to Prometheus.
    for (const scope of [...SCOPES, ANY]) this.unchecked.inc({ scope }, 0);
  }

  /**
   * Who makes the request, where the rule lets them. At once for a key that is known; for another after a look into the
   * database, since it may be new.
   * @throws AccessError; PlatformError `service_unavailable` where the database cannot be asked, or
   *   takes longer than 0.6 s
   */
  admit(request: FastifyRequest, rule: AccessRule): Caller | Promise<Caller> {
    const text = presentedKey(request.headers);
    const key = text !== null && this.keys.isFresh ? this.find(text) : null;
    return key === null ? this.admitUnknown(request, text, rule) : this.check(request, key, rule);
  }

  private async admitUnknown(request: FastifyRequest, text: ApiKeyText | null, rule: AccessRule): Promise<Caller> {
    const before = text === null ? null : this.find(text);
    try {
      await this.refresh();
    } catch (error) {
      if (before !== null && request.routeOptions.config.believesOldKeys === true) {
        return this.check(request, before, rule);
      }
      this.unchecked.inc({ scope: SCOPES.find((scope) => scope === rule) ?? ANY });
      throw error;
    }
    const key = text === null ? null : this.find(text);
    if (key === null) throw unauthenticated('The API key is unknown, has expired or was revoked.');
    return this.check(request, key, rule);
  }

  private find({ id, secret }: ApiKeyText): GrantedKey | null {
    return this.keys.find(id, secretHashOf(secret));
  }

  private check(request: FastifyRequest, key: GrantedKey, rule: AccessRule): Caller {
    if (key.ranges !== null && !mayComeFrom(key, this.sourceIp.of(request))) {
      throw new AccessError('address_not_allowed', 'The API key may not be used from this address.');
    }
    if (rule !== 'any key' && rule !== 'anyone' && !hasScope(key, rule)) {
      throw new AccessError('missing_scope', `The API key lacks the scope ${rule}.`);
    }
    return { keyId: key.id, throttlePerMinute: key.throttlePerMinute };
  }

  private async refresh(): Promise<void> {
    try {
      await unlessLate(this.keys.refresh(), { longestMs: LONGEST_WAIT_MS, error: () => new LateError() });
    } catch (cause) {
      // What a read of the keys has failed with is told by them; that it is slow is known only here.
      const isTemporary = cause instanceof LateError;
      const details = { retryAfterSeconds: 1, cause, isTemporary, isReported: !isTemporary };
      throw new PlatformError('service_unavailable', 'API keys cannot be checked just now; try again.', details);
    }
  }
}
