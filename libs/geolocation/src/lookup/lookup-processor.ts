import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { LocationCache } from '../cache/location-cache.js';
import { type GeoIpAnswer, GeoIpClient } from '../client/geo-ip-client.js';
import type { KnownOutcome, LookupFailureCode, LookupOutcome } from '../domain/location.js';
import type { BreakerPass } from '../gate/circuit-breaker.js';
import { RequestGate } from '../gate/request-gate.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import type { JobRun, JobVerdict, LookupJob } from './lookup-queue.js';
import { MOST_ATTEMPTS, retryDelayMs, slowRetryDelayMs } from './retry-delay.js';

/** The budget had nothing to spare in time. */
class NoRoomError extends Error {}

/** How long a refresh waits for a permit: others have to have used little of the last second. */
const LONGEST_WAIT_FOR_ROOM_MS = 2_000;

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
    private readonly gate: RequestGate,
    private readonly client: GeoIpClient,
    private readonly clock: Clock,
  ) {}

  async process(job: LookupJob, run: JobRun): Promise<JobVerdict> {
    const known = await this.cache.find(job.key);
    if (known !== undefined && known.lookedUpAtMs >= job.newerThanMs) {
      await this.outcomes.publish(job.key, known);
      return { kind: 'done' };
    }
    if (job.lane === 'refresh') return this.refresh(job, run);
    const answer = await this.ask(job, run);
    // Who asks again knows how often it has failed; whoever asks for a new event does not.
    const failed = job.lane === 'waiting' && isFailure(answer) ? await this.cache.failedAttempts(job.key) : 0;
    return this.conclude({ ...job, attempts: Math.max(job.attempts, failed) }, answer, known);
  }

  /**
   * Nobody waits for a refresh: where there is no room for it soon, or it fails, the location just expires. It holds up
   * no other job meanwhile.
   */
  private async refresh(job: LookupJob, outer: JobRun): Promise<JobVerdict> {
    outer.sent();
    const patience = new AbortController();
    const impatience = setTimeout(() => patience.abort(new NoRoomError()), LONGEST_WAIT_FOR_ROOM_MS);
    const run = { signal: AbortSignal.any([outer.signal, patience.signal]), sent: () => clearTimeout(impatience) };
    try {
      const answer = await this.ask(job, run);
      if (answer.kind === 'place' || answer.kind === 'throttled') await this.conclude(job, answer);
      return { kind: 'done' };
    } catch (error) {
      if (error instanceof NoRoomError) return { kind: 'done' };
      throw error;
    } finally {
      clearTimeout(impatience);
    }
  }

  /** Where no connection can be had, the gate has taken note of it already. */
  private async ask(job: LookupJob, run: JobRun): Promise<GeoIpAnswer> {
    let permit: BreakerPass | null = null;
    try {
      const answer = await this.client.lookup(job.address, run.signal, async (prepare) => {
        permit = await this.gate.acquire(run.signal, { prepare, isSpare: job.lane === 'refresh' });
        run.sent();
        return permit !== null;
      });
      await this.report(permit, answer);
      return answer;
    } catch (error) {
      if (permit !== null) await this.gate.report(permit, 'cancelled');
      throw error;
    }
  }

  /** A 429 says that the API is up, and nothing about its health. */
  private async report(permit: BreakerPass | null, { kind }: GeoIpAnswer): Promise<void> {
    if (permit === null) return;
    await this.gate.report(permit, kind === 'throttled' ? 'cancelled' : kind === 'transient' ? 'failed' : 'succeeded');
  }

  /** @param known the outcome that is still known, from before what is asked for */
  private async conclude(job: LookupJob, answer: GeoIpAnswer, known?: KnownOutcome): Promise<JobVerdict> {
    const lookedUpAtMs = this.clock.nowMs();
    switch (answer.kind) {
      case 'place':
        return this.keep(job, { kind: 'located', place: answer.place, source: SOURCE, lookedUpAtMs });
      case 'not_found':
        return this.keep(job, { kind: 'unlocatable', code: 'not_found', lookedUpAtMs });
      case 'rejected':
        return this.giveUp(job, 'rejected', job.attempts + 1, known);
      case 'throttled':
        return this.slowDown(job, Math.max(answer.retryAfterMs ?? 0, SHORTEST_PAUSE_AFTER_429_MS));
      case 'transient':
        return this.tryLater(job, answer.code, known);
    }
  }

  /** Cache first, events second: see docs/adr/0005. */
  private async keep(job: LookupJob, outcome: KnownOutcome): Promise<JobVerdict> {
    await this.cache.store(job.key, outcome);
    await this.outcomes.publish(job.key, outcome);
    return { kind: 'done' };
  }

  /**
   * A failure is remembered until its next attempt, so that the key's new events fail at once and cost no lookup. It does
   * not take the place of an answer that is still known: new events get that.
   */
  private async giveUp(
    job: LookupJob,
    code: LookupFailureCode,
    attempts: number,
    known: KnownOutcome | undefined,
  ): Promise<JobVerdict> {
    const delayMs = slowRetryDelayMs(code, attempts);
    this.logger.warn({ msg: 'lookup failed', code, attempts, next_attempt_in_ms: delayMs });
    const lookedUpAtMs = this.clock.nowMs();
    const nextAttemptAtMs = delayMs === null ? null : lookedUpAtMs + delayMs;
    const outcome: LookupOutcome = { kind: 'failed', code, attempts, nextAttemptAtMs, lookedUpAtMs };
    if (known === undefined || known.kind === 'failed') return this.keep(job, outcome);
    await this.outcomes.publish(job.key, outcome);
    return { kind: 'done' };
  }

  private async slowDown(job: LookupJob, pauseMs: number): Promise<JobVerdict> {
    this.logger.warn({ msg: 'the Geolocation API answered 429; lookups slow down', pause_ms: pauseMs });
    await this.gate.slowDown(pauseMs);
    return { kind: 'again', delayMs: 0, attempts: job.attempts };
  }

  /** A failure counts against its key only while the breaker is closed: an outage is no failure of the event's. */
  private async tryLater(job: LookupJob, code: LookupFailureCode, known?: KnownOutcome): Promise<JobVerdict> {
    const { breaker } = await this.gate.state();
    if (breaker !== 'closed') return { kind: 'again', delayMs: 0, attempts: job.attempts };
    const attempts = job.attempts + 1;
    if (attempts >= MOST_ATTEMPTS) return this.giveUp(job, code, attempts, known);
    return { kind: 'again', delayMs: retryDelayMs(attempts, Math.random()), attempts };
  }
}

function isFailure({ kind }: GeoIpAnswer): boolean {
  return kind === 'rejected' || kind === 'transient';
}
