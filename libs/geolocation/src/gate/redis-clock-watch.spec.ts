import { beforeEach, describe, expect, it } from 'vitest';
import { RedisClockWatch } from './redis-clock-watch.js';

const REDIS_AHEAD_MS = 1_700_000_000_000;

describe('RedisClockWatch', () => {
  let watch: RedisClockWatch;

  beforeEach(() => void (watch = new RedisClockWatch()));

  /** An answer that Redis gave at a time, with its clock set forward by so much, and that took so long each way. */
  const answerAt = (atMs: number, { setForwardMs = 0, thereMs = 1, backMs = 1 } = {}) => ({
    askedAtMs: atMs - thereMs,
    redisAtMs: REDIS_AHEAD_MS + atMs + setForwardMs,
    answeredAtMs: atMs + backMs,
  });

  it('sees none in the first answer, whatever it says', () => {
    expect(watch.jumpedMs(answerAt(5_000, { setForwardMs: 3_600_000 }))).toBe(0);
  });

  it('sees the clock set forward, and sees it until that answer is remembered', () => {
    watch.remember(answerAt(5_000));
    const later = answerAt(5_100, { setForwardMs: 3_600_000 });
    // Two milliseconds may have passed by the ways of the answers.
    expect([watch.jumpedMs(later), watch.jumpedMs(later)]).toEqual([3_599_998, 3_599_998]);
    watch.remember(later);
    expect(watch.jumpedMs(answerAt(5_200, { setForwardMs: 3_600_000 }))).toBe(0);
  });

  it.each([
    ['takes 20 ms and 0.1 % for differences of the clocks', 20 + 2 + 10, false],
    ['and no more', 20 + 2 + 10.1, true],
  ])('%s', (_what, setForwardMs, isJump) => {
    watch.remember(answerAt(0));
    expect(watch.jumpedMs(answerAt(9_998, { setForwardMs })) > 0).toBe(isJump);
  });

  it.each([
    ['the remembered answer took long to come', { backMs: 4_000 }, {}],
    ['the remembered one was long on its way there', { thereMs: 4_000 }, {}],
    ['the present answer took long to come', {}, { backMs: 4_000 }],
    ['the present one was long on its way there', {}, { thereMs: 4_000 }],
  ])('sees none where %s', (_what, first, second) => {
    watch.remember(answerAt(5_000, first));
    expect(watch.jumpedMs(answerAt(9_500, second))).toBe(0);
  });

  it('sees none where the clock was set back', () => {
    watch.remember(answerAt(5_000));
    expect(watch.jumpedMs(answerAt(5_100, { setForwardMs: -3_600_000 }))).toBe(0);
  });
});
