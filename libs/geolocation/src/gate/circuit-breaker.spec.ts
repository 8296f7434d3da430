import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { type BreakerPass, type CallResult, CircuitBreaker, PROBE_POLL_MS } from './circuit-breaker.js';

const WINDOW_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;

describe('CircuitBreaker', () => {
  let clock: ManualClock;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    clock = new ManualClock();
    breaker = new CircuitBreaker(clock, {
      windowCalls: 20,
      windowMs: WINDOW_MS,
      minimumCalls: 5,
      failureShare: 0.8,
      firstPauseMs: FIRST_PAUSE_MS,
      longestPauseMs: 3_500,
    });
  });

  const begin = (): BreakerPass => {
    const pass = breaker.tryPass();
    if (pass === null) throw new Error('the breaker let no call pass');
    return pass;
  };
  /** So many calls at once. @returns what their ends changed */
  const call = (result: CallResult, times: number) =>
    Array.from({ length: times }, begin).map((pass) => breaker.end(pass, result));
  const succeed = (times = 1) => call('succeeded', times);
  const fail = (times = 1) => call('failed', times);
  /** Opens it, and waits until a probe may be made. */
  const becomeHalfOpen = () => {
    fail(5);
    clock.advance(FIRST_PAUSE_MS);
  };

  describe('closed', () => {
    it('lets every call pass', () => {
      expect([begin(), begin(), begin()].map((pass) => pass.isProbe)).toEqual([false, false, false]);
      expect([breaker.state, breaker.closedForMs]).toEqual(['closed', 0]);
    });

    it('never opens on fewer calls than the minimum', () => {
      fail(4);
      expect(breaker.state).toBe('closed');
      fail();
      expect(breaker.state).toBe('open');
    });

    it('opens at the share of failures and not below', () => {
      succeed(2);
      fail(3);
      expect(breaker.state).toBe('closed');
      fail(4);
      expect(breaker.state).toBe('closed');
      fail(); // 8 of 10
      expect(breaker.state).toBe('open');
    });

    it('counts the latest calls only', () => {
      succeed(20);
      fail(15);
      expect(breaker.state).toBe('closed');
      fail();
      expect(breaker.state).toBe('open');
    });

    it.each([
      ['counts a call as old as the window', 0, 'open'],
      ['does not count a call that is older', 1, 'closed'],
    ])('%s', (_what, olderByMs, state) => {
      fail();
      clock.advance(WINDOW_MS + olderByMs);
      fail(4);
      expect(breaker.state).toBe(state);
    });

    it('does not count calls that were not made', () => {
      fail(4);
      call('cancelled', 10);
      expect(breaker.state).toBe('closed');
      fail();
      expect(breaker.state).toBe('open');
    });

    it('stays closed through hiccups among good answers', () => {
      for (let round = 0; round < 50; round++) {
        succeed();
        fail(3);
      }
      expect(breaker.state).toBe('closed');
    });
  });

  describe('open', () => {
    beforeEach(() => void fail(5));

    it('lets no call pass until the pause is over, then one', () => {
      clock.advance(FIRST_PAUSE_MS - 1);
      expect([breaker.tryPass(), breaker.state, breaker.closedForMs]).toEqual([null, 'open', 1]);
      clock.advance(1);
      expect([breaker.state, breaker.closedForMs]).toEqual(['half_open', 0]);
      expect(begin().isProbe).toBe(true);
    });

    it('does not heed the wall clock', () => {
      clock.stepWallClock(clock.nowMs() + 1e9);
      expect([breaker.tryPass(), breaker.closedForMs]).toEqual([null, FIRST_PAUSE_MS]);
    });
  });

  describe('half open', () => {
    it('lets a single probe pass', () => {
      becomeHalfOpen();
      begin();
      expect([breaker.tryPass(), breaker.state]).toEqual([null, 'half_open']);
      clock.advance(1e6);
      expect(breaker.tryPass()).toBeNull();
    });

    it('closes when the probe succeeds, with a clean record', () => {
      becomeHalfOpen();
      succeed();
      expect(breaker.state).toBe('closed');
      fail(4);
      expect(breaker.state).toBe('closed');
      fail();
      expect(breaker.state).toBe('open');
    });

    it('doubles the pause with each probe that fails, up to the longest', () => {
      becomeHalfOpen();
      const pauses = [2_000, 3_500, 3_500].map(() => {
        fail();
        const pauseMs = breaker.closedForMs;
        expect(breaker.state).toBe('open');
        clock.advance(pauseMs);
        return pauseMs;
      });
      expect(pauses).toEqual([2_000, 3_500, 3_500]);
    });

    it('begins with the first pause again after it was closed', () => {
      becomeHalfOpen();
      fail();
      clock.advance(breaker.closedForMs);
      succeed();
      fail(5);
      expect(breaker.closedForMs).toBe(FIRST_PAUSE_MS);
    });

    it('lets another probe pass at once where the first was cancelled', () => {
      becomeHalfOpen();
      call('cancelled', 1);
      expect(breaker.state).toBe('half_open');
      expect(begin().isProbe).toBe(true);
    });
  });

  describe('calls that began before it opened', () => {
    it.each(['succeeded', 'failed', 'cancelled'] as const)(
      'change nothing when they have %s while it is open',
      (result) => {
        const early = Array.from({ length: 10 }, begin);
        fail(5);
        clock.advance(400);
        early.forEach((pass) => breaker.end(pass, result));
        expect([breaker.state, breaker.closedForMs]).toEqual(['open', FIRST_PAUSE_MS - 400]);
      },
    );

    it('do not end the turn of the probe', () => {
      const early = begin();
      becomeHalfOpen();
      begin();
      breaker.end(early, 'succeeded');
      expect([breaker.tryPass(), breaker.state]).toEqual([null, 'half_open']);
    });

    it('do not open it again when they fail after a probe has closed it', () => {
      const early = Array.from({ length: 10 }, begin);
      becomeHalfOpen();
      succeed();
      early.forEach((pass) => breaker.end(pass, 'failed'));
      expect(breaker.state).toBe('closed');
    });
  });

  it('tells of each change between closed and open once, and of no probe that fails', () => {
    expect(fail(7)).toEqual([null, null, null, null, 'opened', null, null]);
    clock.advance(breaker.closedForMs);
    expect(fail()).toEqual([null]);
    clock.advance(breaker.closedForMs);
    expect(call('cancelled', 1)).toEqual([null]);
    expect(succeed()).toEqual(['closed']);
    expect(succeed()).toEqual([null]);
  });

  it('has those who wait for a probe look again soon', () => {
    becomeHalfOpen();
    begin();
    expect(breaker.closedForMs).toBe(PROBE_POLL_MS);
  });

  it('admits no pass from before it opened, and the pass of its probe', () => {
    const early = begin();
    expect(breaker.admits(early)).toBe(true);
    becomeHalfOpen();
    const probe = begin();
    expect([breaker.admits(early), breaker.admits(probe)]).toEqual([false, true]);
    breaker.end(probe, 'succeeded');
    expect([breaker.admits(early), breaker.admits(begin())]).toEqual([false, true]);
  });
});
