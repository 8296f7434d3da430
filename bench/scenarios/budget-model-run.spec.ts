import { describe, expect, it } from 'vitest';
import { outcomeOf } from './budget-model-run.js';

describe('outcomeOf', () => {
  it('takes for waiting what was located after the end', () => {
    const events = [
      { key: 'a', receivedAtMs: 1_000, settledAtMs: 1_040 },
      { key: 'a', receivedAtMs: 1_010, settledAtMs: null },
      { key: 'b', receivedAtMs: 2_000, settledAtMs: 11_001 },
      { key: 'b', receivedAtMs: 2_500, settledAtMs: 11_001 },
      { key: 'c', receivedAtMs: 3_000, settledAtMs: Infinity },
    ];
    const { waits, ...counted } = outcomeOf(events, { seconds: 10, lookups: 2 });
    expect(counted).toEqual({ events: 5, known: 1, locatedLater: 1, lookups: 2, keysRequested: 3, keysWaiting: 2 });
    expect([waits.count, waits.max]).toEqual([1, 40]);
  });
});
