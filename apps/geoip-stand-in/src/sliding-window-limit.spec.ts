import { describe, expect, it } from 'vitest';
import { SlidingWindowLimit } from './sliding-window-limit.js';
import { seededRandom } from './seeded-random.js';

describe('SlidingWindowLimit', () => {
  let nowMs = 0;
  const limitOf = (max: number) => new SlidingWindowLimit(max, () => nowMs);
  const admittedAt = (limit: SlidingWindowLimit, atMs: number) => {
    nowMs = atMs;
    return limit.tryAdmit().admitted;
  };

  it('admits as many as allowed at once and refuses the next, telling when it could go', () => {
    const limit = limitOf(5);
    expect([100, 100, 100, 100, 100].map((atMs) => admittedAt(limit, atMs))).toEqual([true, true, true, true, true]);
    nowMs = 350.5;
    expect(limit.tryAdmit()).toEqual({ admitted: false, retryAfterMs: 749.5 });
  });

  it('still refuses just before an admission leaves the window and admits just when it does', () => {
    const limit = limitOf(1);
    admittedAt(limit, 100);
    expect(admittedAt(limit, 1_099.999)).toBe(false);
    expect(admittedAt(limit, 1_100)).toBe(true);
  });

  it('does not fall for a burst over the border of two fixed seconds', () => {
    const limit = limitOf(5);
    const early = [900, 920, 940, 960, 980].map((atMs) => admittedAt(limit, atMs));
    const late = [1_000, 1_100, 1_899, 1_900, 1_901, 1_920].map((atMs) => admittedAt(limit, atMs));
    expect([early, late]).toEqual([Array(5).fill(true), [false, false, false, true, false, true]]);
  });

  it('does not count what it refused', () => {
    const limit = limitOf(1);
    admittedAt(limit, 0);
    for (let atMs = 10; atMs < 1_000; atMs += 10) expect(admittedAt(limit, atMs)).toBe(false);
    expect(admittedAt(limit, 1_000)).toBe(true);
  });

  it('admits after exactly the time it told', () => {
    const limit = limitOf(2);
    [0, 400].forEach((atMs) => admittedAt(limit, atMs));
    nowMs = 900;
    const refused = limit.tryAdmit();
    expect(refused).toEqual({ admitted: false, retryAfterMs: 100 });
    expect(admittedAt(limit, 1_000)).toBe(true);
  });

  it('never admits more than allowed in any sliding second, and wastes nothing, on random arrivals', () => {
    const random = seededRandom(42);
    const limit = limitOf(5);
    const admitted: number[] = [];
    for (let atMs = 0; atMs < 120_000; atMs += random() * 250) {
      const inWindow = admitted.filter((earlierMs) => earlierMs + 1_000 > atMs).length;
      expect(admittedAt(limit, atMs)).toBe(inWindow < 5);
      if (inWindow < 5) admitted.push(atMs);
    }
  });

  it.each([0, -1, 1.5, NaN])('refuses to be made for %s requests', (max) => {
    expect(() => limitOf(max)).toThrow(RangeError);
  });
});
