import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JOB, PAUSE_MS, PLACE, ProcessorWorld, TIMEOUT } from '../testing/processor-world.js';
import { LOCATED } from '../testing/sample-outcomes.js';
import type { LookupJob } from './lookup-queue.js';
import { MOST_ATTEMPTS } from './retry-delay.js';

const HOUR_MS = 3_600_000;

describe('LookupProcessor, of calls that fail and of the breaker,', () => {
  let world: ProcessorWorld;

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    world = new ProcessorWorld();
  });

  afterEach(() => void vi.restoreAllMocks());

  it('gives up on an address that the API rejects, and remembers it until it is tried again', async () => {
    world.answers = [{ kind: 'rejected' }];
    expect(await world.process({ attempts: 2 })).toEqual({ kind: 'done' });
    const nextAttemptAtMs = world.clock.nowMs() + 24 * HOUR_MS;
    const outcome = {
      kind: 'failed',
      code: 'rejected',
      attempts: 3,
      nextAttemptAtMs,
      lookedUpAtMs: world.clock.nowMs(),
    };
    expect([world.published, world.known.get(JOB.key)]).toEqual([[[JOB.key, outcome]], outcome]);
    expect(world.steps.slice(-2)).toEqual(['store', 'publish']);
    expect(await world.process()).toEqual({ kind: 'done' });
    expect(world.published).toHaveLength(2);
  });

  it('asks again for a failed key where that was asked for', async () => {
    world.answers = [{ kind: 'rejected' }, PLACE];
    await world.process();
    world.clock.advance(1);
    await world.process({ lane: 'again', newerThanMs: world.clock.nowMs() });
    expect(world.published.map(([, { kind }]) => kind)).toEqual(['failed', 'located']);
  });

  it('does not forget a location for a failure', async () => {
    world.known.set(JOB.key, LOCATED);
    world.answers = [{ kind: 'rejected' }];
    await world.process({ lane: 'again', newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(world.published).toMatchObject([[JOB.key, { kind: 'failed' }]]);
    expect(world.known.get(JOB.key)).toEqual(LOCATED);
  });

  describe('for a key that has failed before', () => {
    beforeEach(() => {
      world.failedBefore = MOST_ATTEMPTS;
      world.answers = [TIMEOUT];
      world.otherCalls('succeeded', 1);
    });

    it('gives an event that waits anew as many attempts as any', async () => {
      expect(await world.process()).toMatchObject({ kind: 'again', attempts: 1 });
    });

    it('goes on counting the failures where those of the new event come to one as well', async () => {
      expect(await world.process({ attempts: MOST_ATTEMPTS - 1 })).toEqual({ kind: 'done' });
      expect(world.published).toMatchObject([[JOB.key, { kind: 'failed', attempts: MOST_ATTEMPTS + 1 }]]);
    });

    it('counts as many as who asks again says', async () => {
      expect(await world.process({ lane: 'again', attempts: MOST_ATTEMPTS - 1 })).toEqual({ kind: 'done' });
      expect(world.published).toMatchObject([[JOB.key, { kind: 'failed', attempts: MOST_ATTEMPTS }]]);
    });
  });

  it.each([
    [2_500, 2_500],
    [null, 1_000],
  ])('slows everybody down after a 429 with Retry-After %o, and counts no failure', async (retryAfterMs, pausedMs) => {
    world.answers = [{ kind: 'throttled', retryAfterMs }];
    expect(await world.process({ attempts: 2 })).toEqual({ kind: 'again', delayMs: 0, attempts: 2 });
    expect([world.steps.slice(4), world.published]).toEqual([[`pause for ${pausedMs}`], []]);
  });

  it('does not open the breaker on 429s', async () => {
    for (let round = 0; round < 10; round++) {
      world.answers = [{ kind: 'throttled', retryAfterMs: null }];
      await world.process();
    }
    expect(world.breaker.state).toBe('closed');
  });

  it.each(['timeout', 'unavailable', 'bad_answer'] as const)('tries later after %s, and counts it', async (code) => {
    world.answers = [{ kind: 'transient', code }];
    world.otherCalls('succeeded', 1);
    // Half of the 4 s that are the most after the third failure.
    const verdict = await world.process({ attempts: 2, trail: { failures: 2, answers: 0 } });
    expect(verdict).toEqual({ kind: 'again', delayMs: 2_000, attempts: 3, trail: { failures: 3, answers: 1 } });
    expect([world.published, world.known.size]).toEqual([[], 0]);
  });

  it('gives up on a key that fails too often while others succeed', async () => {
    world.answers = [TIMEOUT, TIMEOUT];
    world.otherCalls('succeeded', 1);
    const next = await world.process({ attempts: MOST_ATTEMPTS - 2 });
    expect(next).toMatchObject({ kind: 'again', attempts: MOST_ATTEMPTS - 1 });
    world.otherCalls('succeeded', 1);
    expect(await world.process(next as Partial<LookupJob>)).toEqual({ kind: 'done' });
    const times = { nextAttemptAtMs: world.clock.nowMs() + HOUR_MS, lookedUpAtMs: world.clock.nowMs() };
    const outcome = { kind: 'failed', code: 'timeout', attempts: MOST_ATTEMPTS, ...times };
    expect([world.published, world.known.get(JOB.key)]).toEqual([[[JOB.key, outcome]], outcome]);
  });

  it('counts one failure where no other key is answered in between, and backs off all the same', async () => {
    world.answers = [TIMEOUT, TIMEOUT];
    world.otherCalls('succeeded', 9);
    const first = await world.process();
    expect(first).toMatchObject({ attempts: 1, delayMs: 500, trail: { failures: 1, answers: 9 } });
    expect(await world.process(first as Partial<LookupJob>)).toMatchObject({ attempts: 1, delayMs: 1_000 });
  });

  it('counts no failure that opens the breaker, however often the key failed before', async () => {
    world.otherCalls('failed', 1);
    world.answers = [TIMEOUT];
    const verdict = await world.process({ attempts: MOST_ATTEMPTS - 1 });
    expect(world.breaker.state).toBe('open');
    const trail = { failures: 0, answers: 0 };
    expect(verdict).toEqual({ kind: 'yield', attempts: MOST_ATTEMPTS - 1, trail });
    expect(world.published).toEqual([]);
  });

  it('counts no failure of a probe while no other is answered, and leaves the next one to others', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.answers = [TIMEOUT];
    const trail = { failures: 5, answers: 0 };
    expect(await world.process({ attempts: 3, trail })).toEqual({ kind: 'yield', attempts: 3, trail });
  });

  it('counts the failure of a probe where another was answered after the key’s last', async () => {
    world.otherCalls('succeeded', 1);
    world.otherCalls('failed', 20);
    world.clock.advance(PAUSE_MS);
    world.answers = [TIMEOUT];
    const trail = { failures: 5, answers: 0 };
    expect(await world.process({ attempts: 3, trail })).toMatchObject({
      kind: 'yield',
      attempts: 4,
      trail: { answers: 1 },
    });
  });

  it('counts no failure of a call that began before the breaker opened', async () => {
    world.answers = [TIMEOUT];
    world.onLookup = async () => world.otherCalls('failed', 2);
    expect(await world.process({ attempts: 3 })).toMatchObject({ kind: 'yield', attempts: 3 });
  });

  it('closes the breaker with a probe that succeeds', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.answers = [PLACE];
    await world.process();
    expect(world.breaker.state).toBe('closed');
  });

  it.each([
    ['no place', { kind: 'not_found' }],
    ['a rejected address', { kind: 'rejected' }],
  ] as const)('takes %s for a sign that the API works', async (_what, answer) => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.answers = [answer];
    await world.process();
    expect(world.breaker.state).toBe('closed');
  });

  it('leaves the breaker half open after a probe that is answered 429', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.answers = [{ kind: 'throttled', retryAfterMs: null }];
    await world.process();
    expect(world.breaker.state).toBe('half_open');
    expect(world.breaker.tryPass()?.isProbe).toBe(true);
  });

  it('does not report a second time what could not even be connected', async () => {
    world.connects = false;
    expect(await world.process()).toMatchObject({ kind: 'again', attempts: 0 });
    expect(await world.process()).toMatchObject({ kind: 'yield', attempts: 0 });
    expect([world.breaker.state, world.steps]).toEqual(['open', ['permit', 'sent', 'permit', 'sent']]);
  });
});
