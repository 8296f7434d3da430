import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { LocationCache } from '../cache/location-cache.js';
import type { GeoIpAnswer, GeoIpClient, RequestRight } from '../client/geo-ip-client.js';
import type { KnownOutcome, LookupOutcome } from '../domain/location.js';
import { type BreakerPass, CircuitBreaker } from '../gate/circuit-breaker.js';
import type { PermitWish, RequestGate } from '../gate/request-gate.js';
import { LookupOutcomes } from '../lookup/lookup-outcomes.js';
import { LookupProcessor } from '../lookup/lookup-processor.js';
import type { JobVerdict, LookupJob } from '../lookup/lookup-queue.js';
import { LONDON } from './sample-outcomes.js';

export const JOB: LookupJob = {
  key: '2a00:1450::/64',
  address: '2a00:1450::1',
  attempts: 0,
  lane: 'waiting',
  newerThanMs: 0,
};
export const PLACE: GeoIpAnswer = { kind: 'place', place: LONDON };
export const TIMEOUT: GeoIpAnswer = { kind: 'transient', code: 'timeout' };
/** How long the breaker stays open at first. */
export const PAUSE_MS = 1_000;

const BREAKER = { windowCalls: 20, windowMs: 1e6, minimumCalls: 2, failureShare: 1, firstPauseMs: PAUSE_MS };

/** A processor with a real breaker, among doubles that a test tells what to do and asks what they saw. */
export class ProcessorWorld {
  /** What happened, in order. */
  readonly steps: string[] = [];
  known = new Map<string, KnownOutcome>();
  /** Failures that the cache tells of, also where it has forgotten the outcome. */
  failedBefore = 0;
  readonly published: [string, LookupOutcome][] = [];
  answers: GeoIpAnswer[] = [];
  readonly clock = new ManualClock();
  readonly breaker = new CircuitBreaker(this.clock, { ...BREAKER, longestPauseMs: 4_000 });
  readonly stopping = new AbortController();
  readonly wishes: PermitWish[] = [];
  readonly reported: string[] = [];
  connects = true;
  permitsForEach = 1;
  /** What the gate says of each permit that it gives, in order; none has lapsed that nothing is said of. */
  lapsed: boolean[] = [];
  private readonly processor = this.build();

  /** What the doubles do on the way, where a test wants more of them. */
  onAcquire: (signal: AbortSignal) => Promise<void> = async () => {};
  onLookup: (signal: AbortSignal) => Promise<void> = async () => {};

  process(job: Partial<LookupJob> = {}): Promise<JobVerdict> {
    const run = { signal: this.stopping.signal, sent: () => void this.steps.push('sent') };
    return this.processor.process({ ...JOB, ...job }, run);
  }

  /** Lets calls end so in the breaker, as lookups of other keys would. */
  otherCalls(result: 'succeeded' | 'failed', times: number): void {
    for (let call = 0; call < times; call++) this.breaker.end(this.breaker.tryPass() as BreakerPass, result);
  }

  private build(): LookupProcessor {
    const outcomes = new LookupOutcomes();
    outcomes.subscribe(async (key, outcome) => {
      this.steps.push('publish');
      this.published.push([key, outcome]);
    });
    return new LookupProcessor(this.cache(), outcomes, this.gate(), this.client(), this.clock);
  }

  private cache(): LocationCache {
    const find = (key: string, newerThanMs = 0) => {
      const outcome = this.known.get(key);
      return outcome !== undefined && outcome.lookedUpAtMs >= newerThanMs ? outcome : undefined;
    };
    return strictDouble<LocationCache>('LocationCache', {
      find: async (key, newerThanMs) => find(key, newerThanMs),
      findUnlessJustMissed: async ([key = ''], newerThanMs) => {
        const outcome = find(key, newerThanMs);
        return new Map(outcome === undefined ? [] : [[key, outcome]]);
      },
      failedAttempts: async () => this.failedBefore,
      store: async (key, outcome) => {
        this.steps.push('store');
        this.known.set(key, outcome);
      },
    });
  }

  /** A gate without a budget: the processor's part in the breaker is to report each call once. */
  private gate(): RequestGate {
    const { breaker, steps } = this;
    return strictDouble<RequestGate>('RequestGate', {
      acquire: async (signal, wish = {}) => {
        steps.push('permit');
        this.wishes.push(wish);
        await this.onAcquire(signal);
        const pass = breaker.tryPass();
        if (pass === null) throw new Error('the test has to let the pause pass');
        const isPrepared = await wish.prepare?.().catch((error: unknown) => {
          breaker.end(pass, 'cancelled');
          throw error;
        });
        if (isPrepared) return { ...pass, id: `permit ${this.wishes.length}`, askedAtMs: this.clock.monotonicMs() };
        breaker.end(pass, 'failed');
        return null;
      },
      hasLapsed: () => this.lapsed.shift() ?? false,
      departed: async ({ id }) => void steps.push(`${id} departed`),
      report: async (permit, result) => {
        this.reported.push(`${permit.id} ${result}`);
        breaker.end(permit, result);
      },
      slowDown: async (durationMs) => void steps.push(`pause for ${durationMs}`),
      state: async () => ({ breaker: breaker.state, answers: breaker.answers, pace: 5, pausedForMs: 0, usedShare: 0 }),
    });
  }

  private client(): GeoIpClient {
    return strictDouble<GeoIpClient>('GeoIpClient', {
      lookup: async (address, signal, askForRight) => {
        let right: RequestRight | null = null;
        for (let asked = 0; asked < this.permitsForEach || right?.hasLapsed() === true; asked++) {
          right = await askForRight(async () => this.connects);
          if (right === null) return { kind: 'transient', code: 'unavailable' };
        }
        this.steps.push(`ask ${address}`);
        right?.departed();
        await this.onLookup(signal);
        const answer = this.answers.shift();
        if (answer === undefined) throw new Error('unexpected lookup');
        return answer;
      },
    });
  }
}
