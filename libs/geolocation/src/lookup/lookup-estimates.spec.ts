import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { LookupEstimates } from './lookup-estimates.js';
import type { LookupWaits } from './lookup-waits.js';

const nowMs = new ManualClock().nowMs();

function estimates(waits: Record<string, number> | null): LookupEstimates {
  const untilTurnMs = async () => (waits === null ? null : new Map(Object.entries(waits)));
  return new LookupEstimates(strictDouble<LookupWaits>('LookupWaits', { untilTurnMs }), new ManualClock());
}

describe('LookupEstimates', () => {
  it('adds to the wait what a lookup takes', async () => {
    const doneAtMs = await estimates({ first: 0, later: 50_000 }).doneAtMs(['first', 'later']);
    const first = doneAtMs.get('first') ?? 0;
    expect(first).toBeGreaterThan(nowMs);
    expect(first).toBeLessThan(nowMs + 1_000);
    expect(doneAtMs.get('later')).toBe(first + 50_000);
  });

  it('tells nothing where nobody can tell', async () => {
    expect(await estimates(null).doneAtMs(['a'])).toEqual(new Map());
  });

  it('asks nobody about nothing', async () => {
    const nobody = new LookupEstimates(strictDouble<LookupWaits>('LookupWaits'), new ManualClock());
    expect(await nobody.doneAtMs([])).toEqual(new Map());
  });
});
