import { describe, expect, it } from 'vitest';
import {
  type Excuse,
  holdAgainst,
  type LedgerEntry,
  longestWithoutAccepted,
  type StoredEvent,
  type SubmissionOutcome,
  unexpectedEntries,
} from './ledger.js';

const ADDRESS = '81.2.0.1';

function entry(outcome: SubmissionOutcome, sentAtMs = 0, endedAtMs = sentAtMs): LedgerEntry {
  return { name: 'a', sentAtMs, endedAtMs, outcome, ...(outcome === 'accepted' && { taskId: '1' }) };
}

function event(differences: Partial<StoredEvent> = {}): StoredEvent {
  const located = { locationStatus: 'located', city: ADDRESS };
  return { taskId: '1', name: 'a', sourceIp: ADDRESS, receivedAtMs: 0, ...located, ...differences };
}

describe('holdAgainst', () => {
  const nothing = { lost: [], duplicated: [], unasked: [], torn: [], givenUp: [], unlocated: [], misplaced: [] };

  it('finds nothing where each accepted event is stored once and located where its address is', () => {
    const verdict = holdAgainst([entry('accepted')], [event()]);
    expect(verdict).toEqual({ accepted: 1, storedUnanswered: 0, ...nothing });
  });

  it.each([
    ['is not stored', []],
    ['is stored under another id', [event({ taskId: '2' })]],
  ])('finds as lost what was accepted and %s', (_how, stored) => {
    expect(holdAgainst([entry('accepted')], stored)).toMatchObject({ ...nothing, lost: ['a'] });
  });

  it('finds what is stored twice', () => {
    const stored = [event(), event({ taskId: '2' })];
    expect(holdAgainst([entry('accepted')], stored)).toMatchObject({ ...nothing, duplicated: ['a'] });
  });

  it.each(['refused', 'unsent', 'wrong'] as const)('finds as unasked what is stored and was %s', (outcome) => {
    const verdict = holdAgainst([entry(outcome)], [event()]);
    expect(verdict).toMatchObject({ ...nothing, unasked: ['a'], storedUnanswered: 1 });
  });

  it('finds as unasked what is stored and nobody has sent', () => {
    expect(holdAgainst([], [event()])).toMatchObject({ ...nothing, unasked: ['a'] });
  });

  it.each(['unsure', 'cut off', 'hanging'] as const)('lets be stored, or not, what was %s', (outcome) => {
    expect(holdAgainst([entry(outcome)], [event()])).toEqual({ accepted: 0, storedUnanswered: 1, ...nothing });
    expect(holdAgainst([entry(outcome)], [])).toEqual({ accepted: 0, storedUnanswered: 0, ...nothing });
  });

  it.each(['pending', 'failed', 'unlocatable'])('finds what is %s', (locationStatus) => {
    const verdict = holdAgainst([entry('accepted')], [event({ locationStatus, city: null })]);
    expect(verdict).toMatchObject({ ...nothing, unlocated: ['a'] });
  });

  it('finds what has the place of another address', () => {
    const verdict = holdAgainst([entry('accepted')], [event({ city: '81.2.0.2' })]);
    expect(verdict).toMatchObject({ ...nothing, misplaced: ['a'] });
  });
});

describe('holdAgainst, of batches', () => {
  const parts = (outcome: SubmissionOutcome) =>
    ['a', 'b'].map((name): LedgerEntry => ({ ...entry(outcome), name, batch: 'of two' }));

  it('finds those that are stored in part', () => {
    expect(holdAgainst(parts('cut off'), [event()]).torn).toEqual(['of two']);
  });

  it.each([
    ['whole', [event(), event({ name: 'b' })]],
    ['not at all', []],
  ])('lets them be stored %s', (_how, stored) => {
    expect(holdAgainst(parts('cut off'), stored).torn).toEqual([]);
  });
});

describe('holdAgainst, of what is sent again with its Idempotency-Key', () => {
  const sent = (...outcomes: SubmissionOutcome[]) =>
    outcomes.map((outcome, repeats): LedgerEntry => ({ ...entry(outcome), repeats }));

  it('counts it once, and as accepted whatever came before', () => {
    const verdict = holdAgainst(sent('cut off', 'refused', 'accepted'), [event()]);
    expect(verdict).toMatchObject({ accepted: 1, lost: [], unasked: [], givenUp: [], storedUnanswered: 0 });
  });

  it('lets it be stored where one of its answers was lost, and finds that it was given up', () => {
    expect(holdAgainst(sent('cut off', 'refused'), [event()])).toMatchObject({ unasked: [], givenUp: ['a'] });
  });

  it('finds as lost what is stored under another id than one of those it was told', () => {
    const [first, second] = [entry('accepted'), { ...entry('accepted'), taskId: '2', repeats: 1 }];
    expect(holdAgainst([first, second], [event()]).lost).toEqual(['a']);
  });

  it('finds as unasked what is stored and was refused each time', () => {
    expect(holdAgainst(sent('refused', 'refused'), [event()]).unasked).toEqual(['a']);
  });
});

describe('unexpectedEntries', () => {
  const excuse: Excuse = { outcomes: ['cut off'], times: [{ fromMs: 100, toMs: 200 }], graceMs: 10 };
  const found = (entry: LedgerEntry, excuses: readonly Excuse[] = [excuse]) =>
    unexpectedEntries([entry], excuses).length;

  it('finds what is not accepted, and none of what may happen', () => {
    const entries = (['accepted', 'refused', 'cut off', 'wrong'] as const).map((outcome) => entry(outcome, 150));
    expect(unexpectedEntries(entries, [excuse]).map(({ outcome }) => outcome)).toEqual(['refused', 'wrong']);
  });

  it.each([
    ['ended before', 0, 99, 1],
    ['ended during', 0, 100, 0],
    ['was sent within the grace', 210, 300, 0],
    ['was sent after it', 211, 300, 1],
  ])('excuses by time what %s', (_when, sentAtMs, endedAtMs, unexpected) => {
    expect(found(entry('cut off', sentAtMs, endedAtMs))).toBe(unexpected);
  });

  it('does not excuse behind a balancer what that spares its clients', () => {
    const spared = [{ ...excuse, isSparedByBalancer: true }];
    expect(found({ ...entry('cut off', 150), isBalanced: true }, spared)).toBe(1);
    expect(found({ ...entry('cut off', 150), isBalanced: false }, spared)).toBe(0);
    expect(found({ ...entry('cut off', 150), isBalanced: true })).toBe(0);
  });

  it('lets a repeat be refused, and nothing else', () => {
    const repeated = (outcome: SubmissionOutcome) => ({ ...entry(outcome), repeats: 1 });
    const entries = [{ ...entry('refused'), repeats: 0 }, repeated('refused'), repeated('unsure')];
    expect(unexpectedEntries(entries, [])).toEqual([entries[0], entries[2]]);
  });
});

describe('longestWithoutAccepted', () => {
  it('is 0 of nothing', () => {
    expect(longestWithoutAccepted([])).toBe(0);
  });

  it('counts between answers, whatever the order of the entries', () => {
    const entries = [entry('accepted', 9, 10), entry('accepted', 0, 2), entry('refused', 5, 6)];
    expect(longestWithoutAccepted(entries)).toBe(8);
  });

  it('counts from the first submission, also one that ended late', () => {
    expect(longestWithoutAccepted([entry('accepted', 7, 8), entry('cut off', 0, 9)])).toBe(8);
  });

  it('counts to the last end', () => {
    expect(longestWithoutAccepted([entry('accepted', 0, 1), entry('refused', 2, 30)])).toBe(29);
  });
});
