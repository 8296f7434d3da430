import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { RequestBudget } from '../budget/request-budget.js';
import { LocationCache } from '../cache/location-cache.js';
import { BreakerGate } from '../client/breaker-gate.js';
import type { BreakerPass } from '../client/circuit-breaker.js';
import { type GeoIpAnswer, GeoIpClient } from '../client/geo-ip-client.js';
import type { LookupFailureCode, LookupOutcome } from '../domain/location.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import type { JobVerdict, LookupJob } from './lookup-queue.js';
import { MOST_ATTEMPTS, retryDelayMs } from './retry-delay.js';

/** The breaker opened between its pass and the permit. */
class BreakerOpenedError extends Error {}

/** What `location.source` says of a place from the Geolocation API. */
const SOURCE = 'geoip-api';
/** How long the API is left alone after a 429 at least, whatever it says. */
const SHORTEST_PAUSE_AFTER_429_MS = 1_000;

/**
 * Does one lookup: waits for the breaker and for a permit, asks the API, keeps the outcome and hands it on. Doing a
 * lookup twice is harmless: the second finds the outcome of the first.
 */
@Injectable()
export class LookupProcessor {
  private readonly logger = new Logger(LookupProcessor.name);

  constructor(
    private readonly cache: LocationCache,
    private readonly outcomes: LookupOutcomes,
    private readonly breaker: BreakerGate,
    private readonly budget: RequestBudget,
    private readonly client: GeoIpClient,
    private readonly clock: Clock,
  ) {}

  async process(job: LookupJob, signal: AbortSignal): Promise<JobVerdict> {
    const known = await this.cache.find(job.key);
    if (known !== undefined) {
      await this.outcomes.publish(job.key, known);
      return { kind: 'done' };
    }
    const answer = await this.ask(job.address, signal);
    return this.conclude(job, answer);
  }

  /** The breaker may open while a permit is waited for: the call is then not made, the permit lost, and it waits again. */
  private async ask(address: string, signal: AbortSignal): Promise<GeoIpAnswer> {
    for (;;) {
      const pass = await this.breaker.pass(signal);
      try {
        const answer = await this.client.lookup(address, signal, (prepare) => this.takePermit(pass, signal, prepare));
        // A 429 says that the API is up, and nothing about its health.
        pass.end(answer.kind === 'throttled' ? 'cancelled' : answer.kind === 'transient' ? 'failed' : 'succeeded');
        return answer;
      } catch (error) {
        pass.end('cancelled');
        if (!(error instanceof BreakerOpenedError)) throw error;
      }
    }
  }

  private async takePermit(pass: BreakerPass, signal: AbortSignal, prepare: () => Promise<boolean>): Promise<boolean> {
    const isGiven = await this.budget.acquire(signal, prepare);
    if (isGiven && !pass.isProbe && this.breaker.state !== 'closed') throw new BreakerOpenedError();
    return isGiven;
  }

  private async conclude(job: LookupJob, answer: GeoIpAnswer): Promise<JobVerdict> {
    const lookedUpAtMs = this.clock.nowMs();
    switch (answer.kind) {
      case 'place':
        return this.keep(job, { kind: 'located', place: answer.place, source: SOURCE, lookedUpAtMs });
      case 'not_found':
        return this.keep(job, { kind: 'unlocatable', code: 'not_found', lookedUpAtMs });
      case 'rejected':
        return this.giveUp(job, 'rejected', job.attempts + 1);
      case 'throttled':
        return this.slowDown(job, Math.max(answer.retryAfterMs ?? 0, SHORTEST_PAUSE_AFTER_429_MS));
      case 'transient':
        return this.tryLater(job, answer.code);
    }
  }

  /** Cache first, events second: see docs/adr/0005. */
  private async keep(job: LookupJob, outcome: Exclude<LookupOutcome, { kind: 'failed' }>): Promise<JobVerdict> {
    await this.cache.store(job.key, outcome);
    await this.outcomes.publish(job.key, outcome);
    return { kind: 'done' };
  }

  private async giveUp(job: LookupJob, code: LookupFailureCode, attempts: number): Promise<JobVerdict> {
    this.logger.warn({ msg: 'lookup given up', code, attempts });
    await this.outcomes.publish(job.key, { kind: 'failed', code, attempts });
    return { kind: 'done' };
  }

  private async slowDown(job: LookupJob, pauseMs: number): Promise<JobVerdict> {
    this.logger.warn({ msg: 'the Geolocation API answered 429; lookups pause', pause_ms: pauseMs });
    await this.budget.pauseFor(pauseMs);
    return { kind: 'again', delayMs: 0, attempts: job.attempts };
  }

  /** A failure counts against its key only while the breaker is closed: an outage is no failure of the event's. */
  private async tryLater(job: LookupJob, code: LookupFailureCode): Promise<JobVerdict> {
    if (this.breaker.state !== 'closed') {
      return { kind: 'again', delayMs: this.breaker.msUntilProbe, attempts: job.attempts };
    }
    const attempts = job.attempts + 1;
    if (attempts >= MOST_ATTEMPTS) return this.giveUp(job, code, attempts);
    return { kind: 'again', delayMs: retryDelayMs(attempts, Math.random()), attempts };
  }
}
