import { describe, expect, it } from 'vitest';
import {
  balancedWaitSeconds,
  knownShare,
  lookupsPerSecond,
  newAddressesAfter,
  permitWaitSeconds,
  ratesOf,
  repeatedLookupsPerSecond,
} from './formulas.js';

describe('the budget', () => {
  it('is a little less than five a second, by the margin of the window', () => {
    expect(lookupsPerSecond(5, 1_025)).toBeCloseTo(4.878, 3);
  });
});

describe('ratesOf', () => {
  it('shares what is left of new addresses out by rank', () => {
    const rates = ratesOf({ eventsPerSecond: 13, newPerSecond: 2, addresses: 3, exponent: 1 });
    for (const [index, rate] of [6, 3, 2].entries()) expect(rates[index]).toBeCloseTo(rate, 12);
  });
});

describe('addresses that come again', () => {
  // One event a second and one in 1,000 s, known for 99 and 1,000 s in turn.
  const rates = Float64Array.of(1, 0.001);

  it('ask for one lookup in each time that they are known, and until the next event', () => {
    expect(repeatedLookupsPerSecond(rates, 99)).toBeCloseTo(1 / 100 + 1 / 1_099, 12);
    expect(knownShare(rates, 1_000)).toBeCloseTo((1_000 / 1_001 + 0.001 * 0.5) / 1.001, 12);
  });

  it('wait for nothing within the budget, and beyond it until they ask for no more than it', () => {
    expect(balancedWaitSeconds(rates, 99, 0.02)).toBe(0);
    // Ten that come all the time, known for 10 s: at one lookup in 4 s each has its next one after 40 s.
    expect(balancedWaitSeconds(new Float64Array(10).fill(1e9), 10, 0.25)).toBeCloseTo(30, 1);
  });
});

describe('permitWaitSeconds', () => {
  it('is endless at the budget', () => {
    expect(permitWaitSeconds(4.88, 5, 1_025)).toBe(Infinity);
  });

  it('is what Pollaczek and Khinchine say of a single permit, and less with several', () => {
    expect(permitWaitSeconds(4, 1, 200)).toBeCloseTo(0.8 / (2 * 5 * 0.2), 12);
    expect(permitWaitSeconds(4, 5, 1_000)).toBeLessThan(permitWaitSeconds(4, 1, 200));
  });
});

describe('newAddressesAfter', () => {
  it('are all located within the budget', () => {
    expect(newAddressesAfter(3_600, 4, 5)).toEqual({ locatedShare: 1, waiting: 0, waitSeconds: 0 });
  });

  it('wait for longer and longer beyond', () => {
    expect(newAddressesAfter(3_600, 20, 5)).toEqual({ locatedShare: 0.25, waiting: 54_000, waitSeconds: 2_700 });
  });
});
