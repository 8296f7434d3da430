import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '#libs/platform';
import { LocationCache } from '../cache/location-cache.js';
import { type GeoIpAnswer, GeoIpClient, type RequestRight } from '../client/geo-ip-client.js';
import type { KnownOutcome, LookupFailureCode, LookupOutcome } from '../domain/location.js';
import type { Permit } from '../gate/permit.js';
import { RequestGate } from '../gate/request-gate.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import type { JobRun, JobVerdict, LookupJob } from './lookup-queue.js';
import { MOST_ATTEMPTS, retryDelayMs, slowRetryDelayMs } from './retry-delay.js';

/** Another lookup of the key has ended before this one had its turn. */
class AnsweredMeanwhileError extends Error {
  constructor(readonly outcome: KnownOutcome) {
    super('the location is known by now');
  }
}

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
    try {
      assertUnknown(await this.cache.find(job.key, job.newerThanMs));
      return await (job.lane === 'refresh' ? this.refresh(job, run) : this.conclude(job, await this.ask(job, run)));
    } catch (error) {
      if (!(error instanceof AnsweredMeanwhileError)) throw error;
      await this.outcomes.publish(job.key, error.outcome);
      return { kind: 'done' };
    }
  }

  /** Asks SQL only about what it did not know a second ago or longer: this comes right before each try for a permit. */
  private async assertStillUnknown({ key, newerThanMs }: LookupJob): Promise<void> {
    assertUnknown((await this.cache.findUnlessJustMissed([key], newerThanMs)).get(key));
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

  /**
   * Where no connection can be had, the gate has taken note of it already. Whenever the connection is made or looked at, so
   * is the cache: a queue that has lost its state brings keys again whose first lookup ends while the second waits for its
   * turn.
   */
  private async ask(job: LookupJob, run: JobRun): Promise<GeoIpAnswer> {
    let permit: Permit | null = null;
    try {
      const answer = await this.client.lookup(job.address, run.signal, async (prepare) => {
        await this.cancel(permit);
        permit = null;
        const prepareUnknown = async () => (await Promise.all([prepare(), this.assertStillUnknown(job)]))[0];
        permit = await this.gate.acquire(run.signal, { prepare: prepareUnknown, isSpare: job.lane === 'refresh' });
        run.sent();
        return permit === null ? null : this.rightOf(permit);
      });
      await this.report(permit, answer);
      return answer;
    } catch (error) {
      await this.cancel(permit);
      throw error;
    }
  }

  /** The departure is reported without anybody waiting for it: neither the answer nor another request. */
  private rightOf(permit: Permit): RequestRight {
    return { hasLapsed: () => this.gate.hasLapsed(permit), departed: () => void this.gate.departed(permit) };
  }

  private async cancel(permit: Permit | null): Promise<void> {
    if (permit !== null) await this.gate.report(permit, 'cancelled');
  }

  /** A 429 says that the API is up, and nothing about its health. */
  private async report(permit: Permit | null, { kind }: GeoIpAnswer): Promise<void> {
    if (permit === null) return;
    await this.gate.report(permit, kind === 'throttled' ? 'cancelled' : kind === 'transient' ? 'failed' : 'succeeded');
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
  private async keep(job: LookupJob, outcome: KnownOutcome): Promise<JobVerdict> {
    await this.cache.store(job.key, outcome);
    await this.outcomes.publish(job.key, outcome);
    return { kind: 'done' };
  }

  /**
   * A failure is remembered until its next attempt, so that the key's new events fail at once and cost no lookup. It does
   * not take the place of an answer that is still known: new events get that.
   */
  private async giveUp(job: LookupJob, code: LookupFailureCode, failures: number): Promise<JobVerdict> {
    const attempts = await this.attemptsInAll(job, failures);
    const delayMs = slowRetryDelayMs(code, attempts);
    this.logger.warn({ msg: 'lookup failed', code, attempts, next_attempt_in_ms: delayMs });
    const lookedUpAtMs = this.clock.nowMs();
    const nextAttemptAtMs = delayMs === null ? null : lookedUpAtMs + delayMs;
    const outcome: LookupOutcome = { kind: 'failed', code, attempts, nextAttemptAtMs, lookedUpAtMs };
    const known = await this.cache.find(job.key);
    if (known === undefined || known.kind === 'failed') return this.keep(job, outcome);
    await this.outcomes.publish(job.key, outcome);
    return { kind: 'done' };
  }

  /**
   * A new event has as many attempts as any, also of a key that has failed before. They then count as one more, so that the
   * pauses between the key's attempts go on growing. Who asks again knows how often it has failed.
   */
  private async attemptsInAll({ key, lane }: LookupJob, failures: number): Promise<number> {
    return lane === 'waiting' ? Math.max(failures, (await this.cache.failedAttempts(key)) + 1) : failures;
  }

  private async slowDown(job: LookupJob, pauseMs: number): Promise<JobVerdict> {
    this.logger.warn({ msg: 'the Geolocation API answered 429; lookups slow down', pause_ms: pauseMs });
    await this.gate.slowDown(pauseMs);
    return { kind: 'again', delayMs: 0, attempts: job.attempts };
  }

  /**
   * A failure counts as an attempt only where the API has answered since the key's latest failure, and so has answered for
   * another key: an outage is no failure of the event's, and a key that fails alone is given up though it opens the breaker.
   */
  private async tryLater(job: LookupJob, code: LookupFailureCode): Promise<JobVerdict> {
    const { breaker, answers } = await this.gate.state();
    const before = job.trail ?? { failures: 0, answers: 0 };
    const attempts = job.attempts + (answers === before.answers ? 0 : 1);
    if (attempts >= MOST_ATTEMPTS) return this.giveUp(job, code, attempts);
    if (breaker !== 'closed') return { kind: 'yield', attempts, trail: { ...before, answers } };
    const failures = before.failures + 1;
    return { kind: 'again', delayMs: retryDelayMs(failures, Math.random()), attempts, trail: { failures, answers } };
  }
}

/** @throws AnsweredMeanwhileError */
function assertUnknown(known: KnownOutcome | undefined): void {
  if (known !== undefined) throw new AnsweredMeanwhileError(known);
}
