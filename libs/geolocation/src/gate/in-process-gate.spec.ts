import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import { gateLimits } from './gate-limits.js';
import { InProcessGate } from './in-process-gate.js';
import { type Permit, PERMIT_LAPSES_MS } from './permit.js';
import { type PermitWish, WINDOW_MS } from './request-gate.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

const gateOf = (geoIpRequestsPerSecond: number) =>
  new InProcessGate(new TimersClock(), gateLimits({ geoIpRequestsPerSecond, geoIpTimeoutMs: 6_000 }));

describe('InProcessGate', () => {
  const never = new AbortController().signal;
  let startedAtMs: number;
  let gate: InProcessGate;

  beforeEach(() => {
    vi.useFakeTimers();
    startedAtMs = performance.now();
    gate = gateOf(5);
  });

  afterEach(() => {
    // First the spies: restored later, one on a timer would put the fake one back.
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** Takes a permit whose request leaves at once. */
  const depart = async (from = gate, wish: PermitWish = {}) => {
    await from.departed((await from.acquire(never, wish)) as Permit);
  };

  /** Asks for so many permits, and collects when each was given, in milliseconds since the start. */
  const ask = (count: number, from = gate): number[] => {
    const givenAtMs: number[] = [];
    for (let asked = 0; asked < count; asked++) {
      void depart(from).then(() => givenAtMs.push(performance.now() - startedAtMs));
    }
    return givenAtMs;
  };

  it('gives nothing at the start until a whole window has passed: what was spent before is not known', async () => {
    const given = ask(1);
    await vi.advanceTimersByTimeAsync(WINDOW_MS - 1);
    expect(given).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(given).toEqual([WINDOW_MS]);
  });

  it('counts over more than a second, since requests do not all leave equally long after their permits', () => {
    expect(WINDOW_MS).toBeGreaterThan(1_000);
  });

  it('gives what is left at once, and the next permit when the oldest leaves the window', async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    const early = ask(2);
    await vi.advanceTimersByTimeAsync(300);
    const late = ask(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(early).toEqual([10_000, 10_000]);
    expect(late).toEqual([10_300, 10_300, 10_300, 10_000 + WINDOW_MS, 10_000 + WINDOW_MS]);
  });

  it('uses the whole budget under load', async () => {
    const given = ask(1_000);
    await vi.advanceTimersByTimeAsync(10 * WINDOW_MS);
    expect(given).toHaveLength(50);
  });

  it('never gives more than it may in any sliding second, in order, and never later than it must', async () => {
    const arrivals = fc.record({
      requestsPerSecond: fc.integer({ min: 1, max: 7 }),
      gapsMs: fc.array(fc.oneof(fc.constant(0), fc.nat(40), fc.nat(1_500)), { minLength: 1, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ requestsPerSecond, gapsMs }) => {
        startedAtMs = performance.now();
        const tried = gateOf(requestsPerSecond);
        const permits: { asked: number; atMs: number }[] = [];
        const askedAtMs: number[] = [];
        for (const [asked, gapMs] of gapsMs.entries()) {
          await vi.advanceTimersByTimeAsync(gapMs);
          askedAtMs.push(performance.now() - startedAtMs);
          void depart(tried).then(() => permits.push({ asked, atMs: performance.now() - startedAtMs }));
        }
        await vi.advanceTimersByTimeAsync(WINDOW_MS * (gapsMs.length + 2));
        expect(permits.map(({ asked }) => asked)).toEqual(gapsMs.map((_gap, asked) => asked));
        for (const [index, { atMs }] of permits.entries()) {
          const leaderAtMs = permits[index - requestsPerSecond]?.atMs ?? 0;
          const allowedAtMs = Math.max(askedAtMs[index] ?? 0, leaderAtMs + WINDOW_MS, permits[index - 1]?.atMs ?? 0);
          expect(atMs).toBe(allowedAtMs);
        }
      }),
      { numRuns: 60 },
    );
  });

  describe('counts a request from when it leaves', () => {
    let only: InProcessGate;
    const acquire = async () => (await only.acquire(never)) as Permit;

    beforeEach(async () => {
      only = gateOf(1);
      await vi.advanceTimersByTimeAsync(10_000);
    });

    it.each([0, 1, 300, PERMIT_LAPSES_MS - 1])('%i ms after its permit', async (lateMs) => {
      const permit = await acquire();
      const next = ask(1, only);
      await vi.advanceTimersByTimeAsync(lateMs);
      await only.departed(permit);
      await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
      expect(next).toEqual([10_000 + lateMs + WINDOW_MS]);
    });

    it('as of when its permit lapsed, where it is not reported', async () => {
      await acquire();
      const next = ask(1, only);
      await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
      expect(next).toEqual([10_000 + PERMIT_LAPSES_MS + WINDOW_MS]);
    });

    it('also where it is reported after its permit lapsed', async () => {
      const permit = await acquire();
      await vi.advanceTimersByTimeAsync(PERMIT_LAPSES_MS + 200);
      await only.departed(permit);
      const next = ask(1, only);
      await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
      expect(next).toEqual([10_000 + PERMIT_LAPSES_MS + 200 + WINDOW_MS]);
    });

    it('and not where its permit is given back before', async () => {
      await only.report(await acquire(), 'cancelled');
      const sent = await acquire();
      await only.departed(sent);
      await only.report(sent, 'cancelled');
      const next = ask(1, only);
      await vi.advanceTimersByTimeAsync(2 * WINDOW_MS);
      expect(next).toEqual([10_000 + WINDOW_MS]);
    });
  });

  it('lets no more leave than may in any window, however late after its permit each leaves, and what is heard of it', async () => {
    const arrival = fc.record({
      gapMs: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(1_500)),
      lateMs: fc.nat(PERMIT_LAPSES_MS - 1),
      fate: fc.constantFrom('reported', 'reported', 'reported late', 'unheard of', 'given back'),
    });
    const arrivals = fc.array(arrival, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), arrivals, async (requestsPerSecond, all) => {
        const tried = gateOf(requestsPerSecond);
        const leftAtMs: number[] = [];
        const useOne = async ({ lateMs, fate }: (typeof all)[number]) => {
          const permit = (await tried.acquire(never)) as Permit;
          await new Promise((resolve) => setTimeout(resolve, lateMs));
          if (fate === 'given back') return tried.report(permit, 'cancelled');
          leftAtMs.push(performance.now());
          if (fate === 'reported late') await new Promise((resolve) => setTimeout(resolve, PERMIT_LAPSES_MS));
          if (fate !== 'unheard of') await tried.departed(permit);
        };
        for (const one of all) {
          await vi.advanceTimersByTimeAsync(one.gapMs);
          void useOne(one);
        }
        await vi.advanceTimersByTimeAsync(2 * WINDOW_MS * (all.length + 2));
        expect(leftAtMs).toHaveLength(all.filter(({ fate }) => fate !== 'given back').length);
        for (const [index, atMs] of leftAtMs.entries()) {
          const leaderAtMs = leftAtMs[index - requestsPerSecond] ?? -Infinity;
          expect(atMs - leaderAtMs).toBeGreaterThanOrEqual(WINDOW_MS);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives nothing during a pause, to those who wait already neither', async () => {
    const waiting = ask(1);
    await gate.slowDown(3_000);
    await vi.advanceTimersByTimeAsync(2_999);
    const later = ask(1);
    expect([waiting, later]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([waiting, later]).toEqual([[3_000], [3_000]]);
  });

  it('keeps the order of asking over a pause that began while they waited', async () => {
    const order: number[] = [];
    for (const caller of [1, 2, 3, 4, 5, 6, 7]) void depart().then(() => order.push(caller));
    await vi.advanceTimersByTimeAsync(500);
    await gate.slowDown(3_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('uses the whole budget also where each connection takes long to stand', async () => {
    let given = 0;
    const prepare = async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return true;
    };
    const keepAsking = async () => {
      for (;;) {
        let connection: Promise<boolean> | undefined;
        await depart(gate, { prepare: () => (connection ??= prepare()) });
        given++;
      }
    };
    for (let caller = 0; caller < 3; caller++) void keepAsking();
    await vi.advanceTimersByTimeAsync(21 * WINDOW_MS);
    // The first window passes without a permit.
    expect(given).toBeGreaterThanOrEqual(0.97 * 100);
    expect(given).toBeLessThanOrEqual(21 * 5);
  });

  it('goes on at half the pace after a pause, however long that was', async () => {
    await gate.slowDown(60_000);
    const given = ask(6);
    await vi.advanceTimersByTimeAsync(60_000 + 2 * WINDOW_MS);
    expect(given).toEqual([0, 0, 1, 1, 2, 2].map((windows) => 60_000 + windows * WINDOW_MS));
  });

  it('does not shorten a pause by a shorter one', async () => {
    await gate.slowDown(5_000);
    await gate.slowDown(2_000);
    const given = ask(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(given).toEqual([5_000]);
  });

  it('waits through a pause that is longer than a timer can be', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await gate.slowDown(LONGEST_TIMER_MS * 2);
    ask(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(timers).toHaveBeenCalled();
    for (const [, delayMs] of timers.mock.calls) expect(delayMs).toBeLessThanOrEqual(LONGEST_TIMER_MS);
  });

  it('takes no permit for one who gives up, and lets the next go on', async () => {
    const stopping = new AbortController();
    const reason = new Error('the service stops');
    const only = gateOf(1);
    const givenUp = expect(only.acquire(stopping.signal)).rejects.toThrow();
    const given = ask(1, only);
    await vi.advanceTimersByTimeAsync(500);
    stopping.abort(reason);
    await givenUp;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(given).toEqual([WINDOW_MS]);
  });

  it('rejects with the signal’s reason when it aborts, before and while waiting', async () => {
    const stopping = new AbortController();
    const reason = new Error('the service stops');
    const waiting = expect(gate.acquire(stopping.signal)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(10);
    stopping.abort(reason);
    await waiting;
    await expect(gate.acquire(stopping.signal)).rejects.toBe(reason);
  });

  it('leaves no timer behind where all have given up', async () => {
    const stopping = new AbortController();
    const waiting = expect(gate.acquire(stopping.signal)).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(10);
    stopping.abort();
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });
});
