import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCATED, LONDON, UNLOCATABLE } from '../testing/sample-outcomes.js';
import { JOB, PAUSE_MS, PLACE, ProcessorWorld, TIMEOUT } from '../testing/processor-world.js';

describe('LookupProcessor', () => {
  let world: ProcessorWorld;

  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    world = new ProcessorWorld();
  });

  afterEach(() => void vi.restoreAllMocks());

  it('hands on a known outcome without a permit or a request', async () => {
    world.known.set(JOB.key, LOCATED);
    expect(await world.process()).toEqual({ kind: 'done' });
    expect([world.steps, world.published]).toEqual([['publish'], [[JOB.key, LOCATED]]]);
  });

  it('gives a permit back that was not used when the client asks for another', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.permitsForEach = 2;
    world.answers = [PLACE];
    // Both are probes, and there is one at a time.
    expect(await world.process()).toEqual({ kind: 'done' });
    expect([world.steps.filter((step) => step === 'permit').length, world.breaker.state]).toEqual([2, 'closed']);
  });

  it('gives a permit back that has lapsed, and takes another, at no cost to the attempts', async () => {
    world.lapsed = [true, true, false];
    world.answers = [TIMEOUT];
    expect(await world.process()).toMatchObject({ kind: 'again', attempts: 0 });
    expect(world.reported).toEqual(['permit 1 cancelled', 'permit 2 cancelled', 'permit 3 failed']);
    expect(world.steps.filter((step) => step.endsWith('departed'))).toEqual(['permit 3 departed']);
  });

  it('pays nothing where another lookup of the key ends while it waits for its turn, and lets another probe', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.onAcquire = async () => void world.known.set(JOB.key, LOCATED);
    expect(await world.process()).toEqual({ kind: 'done' });
    expect([world.steps, world.published]).toEqual([['permit', 'publish'], [[JOB.key, LOCATED]]]);
    expect(world.breaker.tryPass()?.isProbe).toBe(true);
  });

  it('asks all the same where what another found meanwhile is older than what was asked for', async () => {
    world.answers = [PLACE];
    world.onAcquire = async () => void world.known.set(JOB.key, LOCATED);
    await world.process({ newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(world.steps).toContain('ask 2a00:1450::1');
  });

  it('stores a place before it hands it on, and asks about the address under a permit', async () => {
    world.answers = [PLACE];
    expect(await world.process()).toEqual({ kind: 'done' });
    expect(world.steps).toEqual(['permit', 'sent', 'ask 2a00:1450::1', 'permit 1 departed', 'store', 'publish']);
    const outcome = { kind: 'located', place: LONDON, source: 'geoip-api', lookedUpAtMs: world.clock.nowMs() };
    expect([world.known.get(JOB.key), world.published]).toEqual([outcome, [[JOB.key, outcome]]]);
  });

  it('dates an outcome by when it was answered', async () => {
    world.answers = [PLACE];
    world.onLookup = async () => world.clock.advance(5_000);
    const askedAtMs = world.clock.nowMs();
    await world.process();
    expect(world.published[0]?.[1]).toMatchObject({ lookedUpAtMs: askedAtMs + 5_000 });
  });

  it('stores and hands on that the API knows no place', async () => {
    world.answers = [{ kind: 'not_found' }];
    expect(await world.process()).toEqual({ kind: 'done' });
    expect(world.steps.slice(4)).toEqual(['store', 'publish']);
    expect(world.published).toEqual([[JOB.key, { ...UNLOCATABLE, lookedUpAtMs: world.clock.nowMs() }]]);
  });

  it('asks again where the outcome that is known is older than what was asked for', async () => {
    world.known.set(JOB.key, LOCATED);
    world.answers = [PLACE];
    await world.process({ newerThanMs: LOCATED.lookedUpAtMs + 1 });
    expect(world.published).toMatchObject([[JOB.key, { kind: 'located', lookedUpAtMs: world.clock.nowMs() }]]);
    await world.process({ newerThanMs: world.clock.nowMs() });
    expect(world.steps.filter((step) => step.startsWith('ask'))).toHaveLength(1);
  });

  describe('refreshing a location', () => {
    const refresh = () => world.process({ lane: 'refresh', newerThanMs: LOCATED.lookedUpAtMs + 1 });

    beforeEach(() => void world.known.set(JOB.key, LOCATED));

    it('takes only what others leave of the budget', async () => {
      world.answers = [PLACE, PLACE];
      await refresh();
      await world.process({ newerThanMs: world.clock.nowMs() + 1 });
      expect(world.wishes.map(({ isSpare }) => isSpare)).toEqual([true, false]);
    });

    it('holds up no other job, and is dropped where there is no room for it soon', async () => {
      vi.useFakeTimers();
      try {
        let waiting: AbortSignal | undefined;
        world.onAcquire = (signal) => {
          waiting = signal;
          return new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason as Error)),
          );
        };
        const verdict = refresh();
        await vi.advanceTimersByTimeAsync(1_999);
        expect([world.steps, waiting?.aborted]).toEqual([['sent', 'permit'], false]);
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
        world.answers = [PLACE];
        world.onLookup = () => new Promise((resolve) => setTimeout(resolve, 5_000));
        const verdict = refresh();
        await vi.advanceTimersByTimeAsync(5_000);
        expect(await verdict).toEqual({ kind: 'done' });
        expect(world.published).toMatchObject([[JOB.key, { kind: 'located' }]]);
      } finally {
        vi.useRealTimers();
      }
    });

    it.each([{ kind: 'not_found' }, { kind: 'rejected' }, TIMEOUT] as const)(
      'keeps the old one where the answer is %o',
      async (answer) => {
        world.answers = [answer];
        expect(await refresh()).toEqual({ kind: 'done' });
        expect([world.published, world.known.get(JOB.key)]).toEqual([[], LOCATED]);
      },
    );
  });

  it('asks nothing when it is stopped while it waits for a permit, and lets another call probe', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.onAcquire = () => Promise.reject(new Error('the service stops'));
    await expect(world.process()).rejects.toThrow('the service stops');
    expect(world.steps).toEqual(['permit']);
    expect(world.breaker.tryPass()?.isProbe).toBe(true);
  });

  it('hands on nothing when it is stopped during the request, and lets another call probe', async () => {
    world.otherCalls('failed', 2);
    world.clock.advance(PAUSE_MS);
    world.onLookup = async (signal) => {
      world.stopping.abort(new Error('the service stops'));
      signal.throwIfAborted();
    };
    await expect(world.process()).rejects.toThrow('the service stops');
    expect(world.published).toEqual([]);
    expect(world.breaker.tryPass()?.isProbe).toBe(true);
  });

  it('hands on nothing that it could not store', async () => {
    world.answers = [PLACE];
    const failing = {
      set: () => {
        throw new Error('database away');
      },
      get: () => undefined,
    };
    world.known = failing as never;
    await expect(world.process()).rejects.toThrow('database away');
    expect(world.published).toEqual([]);
    expect(world.breaker.state).toBe('closed');
  });
});
