import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { LocationCache } from '../cache/location-cache.js';
import type { GeoIpAnswer, GeoIpClient } from '../client/geo-ip-client.js';
import type { KnownOutcome, LookupOutcome } from '../domain/location.js';
import { type BreakerPass, CircuitBreaker } from '../gate/circuit-breaker.js';
import type { PermitWish, RequestGate } from '../gate/request-gate.js';
import { LOCATED, LONDON, UNLOCATABLE } from '../testing/sample-outcomes.js';
import { LookupOutcomes } from './lookup-outcomes.js';
import { LookupProcessor } from './lookup-processor.js';
import type { JobRun, LookupJob } from './lookup-queue.js';
import { MOST_ATTEMPTS } from './retry-delay.js';

const JOB: LookupJob = { key: '2a00:1450::/64', address: '2a00:1450::1', attempts: 0, lane: 'waiting', newerThanMs: 0 };
const HOUR_MS = 3_600_000;
const PLACE: GeoIpAnswer = { kind: 'place', place: LONDON };
const TIMEOUT: GeoIpAnswer = { kind: 'transient', code: 'timeout' };
const PAUSE_MS = 1_000;

describe('LookupProcessor', () => {
  /** What happened, in order. */
  let steps: string[];
  let known: Map<string, KnownOutcome>;
  /** Failures that the cache tells of, also where it has forgotten the outcome. */
  let failedBefore: number;
  let published: [string, LookupOutcome][];
  let answers: GeoIpAnswer[];
  let clock: ManualClock;
  let breaker: CircuitBreaker;
  let stopping: AbortController;
  let run: JobRun;
  let wishes: PermitWish[];
  let connects: boolean;
  let permitsForEach: number;
  /** What the doubles do on the way, where a test wants more of them. */
  let onAcquire: (signal: AbortSignal) => Promise<void>;
  let onLookup: (signal: AbortSignal) => Promise<void>;
  let processor: LookupProcessor;

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    steps = [];
    known = new Map();
    failedBefore = 0;
    published = [];
    answers = [];
    clock = new ManualClock();
    const options = { windowCalls: 20, windowMs: 1e6, minimumCalls: 2, failureShare: 1, firstPauseMs: PAUSE_MS };
    breaker = new CircuitBreaker(clock, { ...options, longestPauseMs: 4_000 });
    stopping = new AbortController();
    run = { signal: stopping.signal, sent: () => void steps.push('sent') };
    wishes = [];
    connects = true;
    permitsForEach = 1;
    onAcquire = async () => {};
    onLookup = async () => {};
    processor = build();
  });

  afterEach(() => void vi.restoreAllMocks());

  function build(): LookupProcessor {
    const find = (key: string, newerThanMs = 0) => {
      const outcome = known.get(key);
      return outcome !== undefined && outcome.lookedUpAtMs >= newerThanMs ? outcome : undefined;
    };
    const cache = strictDouble<LocationCache>('LocationCache', {
      find: async (key, newerThanMs) => find(key, newerThanMs),
      findUnlessJustMissed: async ([key = ''], newerThanMs) => {
        const outcome = find(key, newerThanMs);
        return new Map(outcome === undefined ? [] : [[key, outcome]]);
      },
      failedAttempts: async () => failedBefore,
      store: async (key, outcome) => {
        steps.push('store');
        known.set(key, outcome);
      },
    });
    const outcomes = new LookupOutcomes();
    outcomes.subscribe(async (key, outcome) => {
      steps.push('publish');
      published.push([key, outcome]);
    });
    // A gate without a budget: the processor's part in the breaker is to report each call once.
    const gate = strictDouble<RequestGate>('RequestGate', {
      acquire: async (signal, wish = {}) => {
        steps.push('permit');
        wishes.push(wish);
        await onAcquire(signal);
        const pass = breaker.tryPass();
        if (pass === null) throw new Error('the test has to let the pause pass');
        const isPrepared = await wish.prepare?.().catch((error: unknown) => {
          breaker.end(pass, 'cancelled');
          throw error;
        });
        if (isPrepared) return pass;
        breaker.end(pass, 'failed');
        return null;
      },
      report: async (pass, result) => void breaker.end(pass, result),
      slowDown: async (durationMs) => void steps.push(`pause for ${durationMs}`),
      state: async () => ({ breaker: breaker.state, answers: breaker.answers, pace: 5, pausedForMs: 0, usedShare: 0 }),
    });
    const client = strictDouble<GeoIpClient>('GeoIpClient', {
      lookup: async (address, signal, permit) => {
        for (let asked = 0; asked < permitsForEach; asked++) {
          if (!(await permit(async () => connects))) return { kind: 'transient', code: 'unavailable' };
        }
        steps.push(`ask ${address}`);
        await onLookup(signal);
        const answer = answers.shift();
        if (answer === undefined) throw new Error('unexpected lookup');
        return answer;
      },
    });
    return new LookupProcessor(cache, outcomes, gate, client, clock);
  }

  const process = (job: Partial<LookupJob> = {}) => processor.process({ ...JOB, ...job }, run);
  /** Lets calls end so in the breaker, as lookups of other keys would. */
  const otherCalls = (result: 'succeeded' | 'failed', times: number) => {
    for (let call = 0; call < times; call++) breaker.end(breaker.tryPass() as BreakerPass, result);
  };

  it('hands on a known outcome without a permit or a request', async () => {
    known.set(JOB.key, LOCATED);
    expect(await process()).toEqual({ kind: 'done' });
    expect([steps, published]).toEqual([['publish'], [[JOB.key, LOCATED]]]);
  });

  it('gives a permit back that was not used when the client asks for another', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    permitsForEach = 2;
    answers = [PLACE];
    // Both are probes, and there is one at a time.
    expect(await process()).toEqual({ kind: 'done' });
    expect([steps.filter((step) => step === 'permit').length, breaker.state]).toEqual([2, 'closed']);
  });

  it('pays nothing where another lookup of the key ends while it waits for its turn, and lets another probe', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    onAcquire = async () => void known.set(JOB.key, LOCATED);
    expect(await process()).toEqual({ kind: 'done' });
    expect([steps, published]).toEqual([['permit', 'publish'], [[JOB.key, LOCATED]]]);
    expect(breaker.tryPass()?.isProbe).toBe(true);
  });

  it('asks all the same where what another found meanwhile is older than what was asked for', async () => {
    answers = [PLACE];
    onAcquire = async () => void known.set(JOB.key, LOCATED);
    await process({ newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(steps).toContain('ask 2a00:1450::1');
  });

  it('stores a place before it hands it on, and asks about the address under a permit', async () => {
    answers = [PLACE];
    expect(await process()).toEqual({ kind: 'done' });
    expect(steps).toEqual(['permit', 'sent', 'ask 2a00:1450::1', 'store', 'publish']);
    const outcome = { kind: 'located', place: LONDON, source: 'geoip-api', lookedUpAtMs: clock.nowMs() };
    expect([known.get(JOB.key), published]).toEqual([outcome, [[JOB.key, outcome]]]);
  });

  it('dates an outcome by when it was answered', async () => {
    answers = [PLACE];
    onLookup = async () => clock.advance(5_000);
    const askedAtMs = clock.nowMs();
    await process();
    expect(published[0]?.[1]).toMatchObject({ lookedUpAtMs: askedAtMs + 5_000 });
  });

  it('stores and hands on that the API knows no place', async () => {
    answers = [{ kind: 'not_found' }];
    expect(await process()).toEqual({ kind: 'done' });
    expect(steps.slice(3)).toEqual(['store', 'publish']);
    expect(published).toEqual([[JOB.key, { ...UNLOCATABLE, lookedUpAtMs: clock.nowMs() }]]);
  });

  it('gives up on an address that the API rejects, and remembers it until it is tried again', async () => {
    answers = [{ kind: 'rejected' }];
    expect(await process({ attempts: 2 })).toEqual({ kind: 'done' });
    const nextAttemptAtMs = clock.nowMs() + 24 * HOUR_MS;
    const outcome = { kind: 'failed', code: 'rejected', attempts: 3, nextAttemptAtMs, lookedUpAtMs: clock.nowMs() };
    expect([published, known.get(JOB.key)]).toEqual([[[JOB.key, outcome]], outcome]);
    expect(steps.slice(-2)).toEqual(['store', 'publish']);
    expect(await process()).toEqual({ kind: 'done' });
    expect(published).toHaveLength(2);
  });

  it('asks again for a failed key where that was asked for', async () => {
    answers = [{ kind: 'rejected' }, PLACE];
    await process();
    clock.advance(1);
    await process({ lane: 'again', newerThanMs: clock.nowMs() });
    expect(published.map(([, { kind }]) => kind)).toEqual(['failed', 'located']);
  });

  it('does not forget a location for a failure', async () => {
    known.set(JOB.key, LOCATED);
    answers = [{ kind: 'rejected' }];
    await process({ lane: 'again', newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(published).toMatchObject([[JOB.key, { kind: 'failed' }]]);
    expect(known.get(JOB.key)).toEqual(LOCATED);
  });

  describe('for a key that has failed before', () => {
    beforeEach(() => {
      failedBefore = MOST_ATTEMPTS;
      answers = [TIMEOUT];
      otherCalls('succeeded', 1);
    });

    it('gives an event that waits anew as many attempts as any', async () => {
      expect(await process()).toMatchObject({ kind: 'again', attempts: 1 });
    });

    it('goes on counting the failures where those of the new event come to one as well', async () => {
      expect(await process({ attempts: MOST_ATTEMPTS - 1 })).toEqual({ kind: 'done' });
      expect(published).toMatchObject([[JOB.key, { kind: 'failed', attempts: MOST_ATTEMPTS + 1 }]]);
    });

    it('counts as many as who asks again says', async () => {
      expect(await process({ lane: 'again', attempts: MOST_ATTEMPTS - 1 })).toEqual({ kind: 'done' });
      expect(published).toMatchObject([[JOB.key, { kind: 'failed', attempts: MOST_ATTEMPTS }]]);
    });
  });

  it.each([
    [2_500, 2_500],
    [null, 1_000],
  ])('slows everybody down after a 429 with Retry-After %o, and counts no failure', async (retryAfterMs, pausedMs) => {
    answers = [{ kind: 'throttled', retryAfterMs }];
    expect(await process({ attempts: 2 })).toEqual({ kind: 'again', delayMs: 0, attempts: 2 });
    expect([steps.slice(3), published]).toEqual([[`pause for ${pausedMs}`], []]);
  });

  it('does not open the breaker on 429s', async () => {
    for (let round = 0; round < 10; round++) {
      answers = [{ kind: 'throttled', retryAfterMs: null }];
      await process();
    }
    expect(breaker.state).toBe('closed');
  });

  it.each(['timeout', 'unavailable', 'bad_answer'] as const)('tries later after %s, and counts it', async (code) => {
    answers = [{ kind: 'transient', code }];
    otherCalls('succeeded', 1);
    // Half of the 4 s that are the most after the third failure.
    const verdict = await process({ attempts: 2, trail: { failures: 2, answers: 0 } });
    expect(verdict).toEqual({ kind: 'again', delayMs: 2_000, attempts: 3, trail: { failures: 3, answers: 1 } });
    expect([published, known.size]).toEqual([[], 0]);
  });

  it('gives up on a key that fails too often while others succeed', async () => {
    answers = [TIMEOUT, TIMEOUT];
    otherCalls('succeeded', 1);
    const next = await process({ attempts: MOST_ATTEMPTS - 2 });
    expect(next).toMatchObject({ kind: 'again', attempts: MOST_ATTEMPTS - 1 });
    otherCalls('succeeded', 1);
    expect(await process(next as Partial<LookupJob>)).toEqual({ kind: 'done' });
    const times = { nextAttemptAtMs: clock.nowMs() + HOUR_MS, lookedUpAtMs: clock.nowMs() };
    const outcome = { kind: 'failed', code: 'timeout', attempts: MOST_ATTEMPTS, ...times };
    expect([published, known.get(JOB.key)]).toEqual([[[JOB.key, outcome]], outcome]);
  });

  it('counts one failure where no other key is answered in between, and backs off all the same', async () => {
    answers = [TIMEOUT, TIMEOUT];
    otherCalls('succeeded', 9);
    const first = await process();
    expect(first).toMatchObject({ attempts: 1, delayMs: 500, trail: { failures: 1, answers: 9 } });
    expect(await process(first as Partial<LookupJob>)).toMatchObject({ attempts: 1, delayMs: 1_000 });
  });

  it('counts no failure that opens the breaker, however often the key failed before', async () => {
    otherCalls('failed', 1);
    answers = [TIMEOUT];
    const verdict = await process({ attempts: MOST_ATTEMPTS - 1 });
    expect(breaker.state).toBe('open');
    const trail = { failures: 0, answers: 0 };
    expect(verdict).toEqual({ kind: 'yield', attempts: MOST_ATTEMPTS - 1, trail });
    expect(published).toEqual([]);
  });

  it('counts no failure of a probe while no other is answered, and leaves the next one to others', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    answers = [TIMEOUT];
    const trail = { failures: 5, answers: 0 };
    expect(await process({ attempts: 3, trail })).toEqual({ kind: 'yield', attempts: 3, trail });
  });

  it('counts the failure of a probe where another was answered after the key’s last', async () => {
    otherCalls('succeeded', 1);
    otherCalls('failed', 20);
    clock.advance(PAUSE_MS);
    answers = [TIMEOUT];
    const trail = { failures: 5, answers: 0 };
    expect(await process({ attempts: 3, trail })).toMatchObject({ kind: 'yield', attempts: 4, trail: { answers: 1 } });
  });

  it('counts no failure of a call that began before the breaker opened', async () => {
    answers = [TIMEOUT];
    onLookup = async () => otherCalls('failed', 2);
    expect(await process({ attempts: 3 })).toMatchObject({ kind: 'yield', attempts: 3 });
  });

  it('closes the breaker with a probe that succeeds', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    answers = [PLACE];
    await process();
    expect(breaker.state).toBe('closed');
  });

  it.each([
    ['no place', { kind: 'not_found' }],
    ['a rejected address', { kind: 'rejected' }],
  ] as const)('takes %s for a sign that the API works', async (_what, answer) => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    answers = [answer];
    await process();
    expect(breaker.state).toBe('closed');
  });

  it('leaves the breaker half open after a probe that is answered 429', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    answers = [{ kind: 'throttled', retryAfterMs: null }];
    await process();
    expect(breaker.state).toBe('half_open');
    expect(breaker.tryPass()?.isProbe).toBe(true);
  });

  it('does not report a second time what could not even be connected', async () => {
    connects = false;
    expect(await process()).toMatchObject({ kind: 'again', attempts: 0 });
    expect(await process()).toMatchObject({ kind: 'yield', attempts: 0 });
    expect([breaker.state, steps]).toEqual(['open', ['permit', 'sent', 'permit', 'sent']]);
  });

  it('asks again where the outcome that is known is older than what was asked for', async () => {
    known.set(JOB.key, LOCATED);
    answers = [PLACE];
    await process({ newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(published).toMatchObject([[JOB.key, { kind: 'located', lookedUpAtMs: clock.nowMs() }]]);
    await process({ newerThanMs: clock.nowMs() });
    expect(steps.filter((step) => step.startsWith('ask'))).toHaveLength(1);
  });

  describe('refreshing a location', () => {
    const refresh = () => process({ lane: 'refresh', newerThanMs: LOCATED.lookedUpAtMs + 1 });

    beforeEach(() => void known.set(JOB.key, LOCATED));

    it('takes only what others leave of the budget', async () => {
      answers = [PLACE, PLACE];
      await refresh();
      await process({ newerThanMs: clock.nowMs() + 1 });
      expect(wishes.map(({ isSpare }) => isSpare)).toEqual([true, false]);
    });

    it('holds up no other job, and is dropped where there is no room for it soon', async () => {
      vi.useFakeTimers();
      try {
        let waiting: AbortSignal | undefined;
        onAcquire = (signal) => {
          waiting = signal;
          return new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          );
        };
        const verdict = refresh();
        await vi.advanceTimersByTimeAsync(1_999);
        expect([steps, waiting?.aborted]).toEqual([['sent', 'permit'], false]);
        await vi.advanceTimersByTimeAsync(1);
        expect(await verdict).toEqual({ kind: 'done' });
        expect(vi.getTimerCount()).toBe(0);
      } finally {
        vi.useRealTimers();
      }
    });

    it('takes its time once it has its permit', async () => {
      vi.useFakeTimers();
      try {
        answers = [PLACE];
        onLookup = () => new Promise((resolve) => setTimeout(resolve, 5_000));
        const verdict = refresh();
        await vi.advanceTimersByTimeAsync(5_000);
        expect(await verdict).toEqual({ kind: 'done' });
        expect(published).toMatchObject([[JOB.key, { kind: 'located' }]]);
      } finally {
        vi.useRealTimers();
      }
    });

    it.each([{ kind: 'not_found' }, { kind: 'rejected' }, TIMEOUT] as const)(
      'keeps the old one where the answer is %o',
      async (answer) => {
        answers = [answer];
        expect(await refresh()).toEqual({ kind: 'done' });
        expect([published, known.get(JOB.key)]).toEqual([[], LOCATED]);
      },
    );
  });

  it('asks nothing when it is stopped while it waits for a permit, and lets another call probe', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    onAcquire = () => Promise.reject(new Error('the service stops'));
    await expect(process()).rejects.toThrow('the service stops');
    expect(steps).toEqual(['permit']);
    expect(breaker.tryPass()?.isProbe).toBe(true);
  });

  it('hands on nothing when it is stopped during the request, and lets another call probe', async () => {
    otherCalls('failed', 2);
    clock.advance(PAUSE_MS);
    onLookup = async (signal) => {
      stopping.abort(new Error('the service stops'));
      signal.throwIfAborted();
    };
    await expect(process()).rejects.toThrow('the service stops');
    expect(published).toEqual([]);
    expect(breaker.tryPass()?.isProbe).toBe(true);
  });

  it('hands on nothing that it could not store', async () => {
    answers = [PLACE];
    const failing = {
      set: () => {
        throw new Error('database away');
      },
      get: () => undefined,
    };
    known = failing as never;
    await expect(process()).rejects.toThrow('database away');
    expect(published).toEqual([]);
    expect(breaker.state).toBe('closed');
  });
});
