import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Presses } from './presses.js';

describe('presses', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const heard = () => {
    const [one, two] = [vi.fn(), vi.fn()];
    return { one, two, presses: new Presses(one, two) };
  };

  it('are one each, a little later', () => {
    const { one, two, presses } = heard();
    presses.press(10, 20);
    vi.advanceTimersByTime(1_000);
    presses.press(11, 20);
    vi.advanceTimersByTime(1_000);
    expect([one.mock.calls, two.mock.calls]).toEqual([
      [
        [10, 20],
        [11, 20],
      ],
      [],
    ]);
  });

  it('are two in a row, and then not one as well', () => {
    const { one, two, presses } = heard();
    for (const px of [10, 12, 12, 10]) presses.press(px, 20);
    vi.advanceTimersByTime(1_000);
    expect([one.mock.calls, two.mock.calls]).toEqual([
      [],
      [
        [12, 20],
        [10, 20],
      ],
    ]);
  });

  it('are one each in two places', () => {
    const { one, two, presses } = heard();
    presses.press(10, 20);
    presses.press(100, 20);
    expect(one.mock.calls).toEqual([[10, 20]]);
    vi.advanceTimersByTime(1_000);
    expect([one.mock.calls.length, two.mock.calls.length]).toEqual([2, 0]);
  });

  it('do not wait for a second one when something else begins', () => {
    const { one, presses } = heard();
    presses.settle();
    presses.press(10, 20);
    presses.settle();
    expect(one.mock.calls).toEqual([[10, 20]]);
    vi.advanceTimersByTime(1_000);
    expect(one.mock.calls).toHaveLength(1);
  });
});
