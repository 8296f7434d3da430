import { describe, expect, it } from 'vitest';
import { seededRandom } from '../measure/zipf.js';
import { type Arrival, type BudgetOptions, type BudgetOutcome, BudgetSimulation } from './budget-simulation.js';
import { permitWaitSeconds } from './formulas.js';
import { atRandom } from './traffic.js';
import { HeapKeys, ServiceKeys, SimulatedClock } from './waiting-keys.js';

const HOUR_MS = 3_600_000;
/** Five a second, one each 200 ms, which are answered at once. */
const ONE_BY_ONE: BudgetOptions = {
  permits: 1,
  windowMs: 200,
  ahead: 1,
  concurrency: 30,
  ttlMs: HOUR_MS,
  lookupMs: () => 0,
};

function simulate(
  arrivals: Iterable<Arrival>,
  untilMs: number,
  options: Partial<BudgetOptions> = {},
  largest = 50_000,
): BudgetOutcome {
  const clock = new SimulatedClock();
  const keys = new ServiceKeys(clock, { largest });
  const simulation = new BudgetSimulation(clock, keys, { ...ONE_BY_ONE, ...options }, arrivals);
  simulation.runTo(untilMs);
  return simulation.outcome;
}

const arrivals = (...all: [atMs: number, key: number][]): Arrival[] => all.map(([atMs, key]) => ({ atMs, key }));
const newAddresses = (count: number, everyMs: number): Arrival[] =>
  Array.from({ length: count }, (_, key) => ({ atMs: key * everyMs, key }));

function* ascending(): Generator<number> {
  for (let key = 0; ; key++) yield key;
}

describe('a simulated budget', () => {
  it('lets addresses that come no faster than permits wait for nothing', () => {
    const { lookups, locatedLater, keysWaiting, waits } = simulate(newAddresses(100, 250), 30_000);
    expect({ lookups, locatedLater, keysWaiting }).toEqual({ lookups: 100, locatedLater: 100, keysWaiting: 0 });
    expect(waits.max).toBe(1);
  });

  it('lets each address that comes twice as fast wait a permit longer than the one before', () => {
    const { lookups, locatedLater, keysWaiting, waits } = simulate(newAddresses(100, 100), 10_000);
    // One leaves at 0, 200, …, and at 10,000 ms.
    expect({ lookups, locatedLater, keysWaiting }).toEqual({ lookups: 51, locatedLater: 51, keysWaiting: 49 });
    // The 51st came at 5,000 ms. The histogram has three digits.
    expect(waits.max).toBeCloseTo(5_000, -1);
    expect(waits.percentile(50)).toBeCloseTo(2_500, -1);
  });

  it('never has more requests leave in a window than there are permits', () => {
    const { lookups } = simulate(newAddresses(100, 1), 2_049, { permits: 5, windowMs: 1_025, ahead: 3 });
    // Five at once and five a window later; the next would leave at 2,050 ms.
    expect(lookups).toBe(10);
  });

  it('pays one lookup for all events of an address, also of those that come while it is under way', () => {
    const events = arrivals([0, 7], [10, 7], [400, 7], [600, 7]);
    const outcome = simulate(events, 1_000, { lookupMs: () => 500 });
    expect(outcome).toMatchObject({ events: 4, lookups: 1, locatedLater: 3, known: 1, keysRequested: 1 });
  });

  it('asks again with the first event after a location has expired', () => {
    const events = arrivals([0, 7], [999, 7], [1_000, 7], [1_500, 7]);
    expect(simulate(events, 9_000, { ttlMs: 1_000 })).toMatchObject({ lookups: 2, known: 2, locatedLater: 2 });
  });

  it('looks the address with more events up first, though it came later', () => {
    // Address 0 has the permit, address 1 is taken; of the others the last has most events.
    const events = arrivals([0, 0], [1, 1], [2, 2], [3, 3], [4, 3]);
    const { locatedLater, keysWaiting } = simulate(events, 599);
    expect({ locatedLater, keysWaiting }).toEqual({ locatedLater: 4, keysWaiting: 1 });
  });

  it('has no more lookups under way than are allowed', () => {
    expect(simulate(newAddresses(10, 1), 4_999, { lookupMs: () => 1_000, concurrency: 2 }).lookups).toBe(10);
    expect(simulate(newAddresses(10, 1), 4_999, { lookupMs: () => 1_000, concurrency: 1 }).lookups).toBe(5);
  });

  it('comes back to the addresses that the queue had no room for', () => {
    // One has the permit, one is taken, and two are all that the queue has room for.
    const full = simulate(newAddresses(10, 1), 2_900, {}, 2);
    expect(full).toMatchObject({ lookups: 4, keysWaiting: 6 });
    // Two more fit in each time, of which one is taken at once, and so a third.
    expect(simulate(newAddresses(10, 1), 30_000, {}, 2).keysWaiting).toBe(0);
  });

  it('forgets what was counted while it warmed up, and not what waits', () => {
    const clock = new SimulatedClock();
    const simulation = new BudgetSimulation(
      clock,
      new HeapKeys(clock, { largest: 9 }),
      ONE_BY_ONE,
      newAddresses(9, 100),
    );
    simulation.runTo(350);
    simulation.startCounting();
    simulation.runTo(700);
    expect(simulation.outcome).toMatchObject({ events: 3, lookups: 2, keysWaiting: 3 });
  });
});

describe('the mean wait of new addresses that come at random', () => {
  const meanWaitSeconds = (newPerSecond: number, options: Partial<BudgetOptions>): number => {
    const random = seededRandom(1);
    const clock = new SimulatedClock();
    const keys = new HeapKeys(clock, { largest: 50_000 });
    const simulation = new BudgetSimulation(
      clock,
      keys,
      { ...ONE_BY_ONE, ...options },
      atRandom(ascending(), newPerSecond, random),
    );
    simulation.runTo(8 * HOUR_MS);
    return simulation.outcome.waits.mean / 1_000;
  };

  // Of a hundred hours it is within 4 percent; of eight its standard error is some 4 percent.
  const expectNear = (ratio: number): void => {
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  };

  it('is that of M/D/1 with a single permit', () => {
    expectNear(meanWaitSeconds(4, {}) / permitWaitSeconds(4, 1, 200));
  });

  it('is that of M/D/5 with five permits in a window', () => {
    const five = { permits: 5, windowMs: 1_025, ahead: 3 };
    expectNear(meanWaitSeconds(3, five) / permitWaitSeconds(3, 5, 1_025));
    expectNear(meanWaitSeconds(4.4, five) / permitWaitSeconds(4.4, 5, 1_025));
  });
});
