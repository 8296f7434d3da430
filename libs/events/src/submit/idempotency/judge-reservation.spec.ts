import { describe, expect, it } from 'vitest';
import { type Claim, type Judgement, judgeReservation } from './judge-reservation.js';
import type { ReservationEntity } from './reservation.entity.js';

const NOW_MS = 1_795_000_000_000;
const DAY_MS = 86_400_000;
const CLAIM: Claim = { keyHash: 'k', bodyHash: 'x', firstTaskId: 'mine', sharedAtMs: null };
const FOUND: ReservationEntity = {
  keyHash: 'k',
  bodyHash: 'x',
  firstTaskId: 'theirs',
  state: 'reserved',
  touchedAtMs: NOW_MS,
  createdAtMs: NOW_MS,
};
const STORED = { is: 'stored', firstTaskId: 'theirs' };
const REUSED = { is: 'reused' };

const judge = (found: Partial<ReservationEntity>, claim: Partial<Claim> = {}): Judgement =>
  judgeReservation({ ...FOUND, ...found }, { ...CLAIM, ...claim }, NOW_MS);

describe('judgeReservation', () => {
  it.each(['reserved', 'shared'] as const)('knows its own, %s meanwhile', (state) => {
    expect(judge({ firstTaskId: 'mine', state })).toEqual({
      do: 'decide',
      verdict: { is: 'write', firstTaskId: 'mine', isOwner: true },
    });
  });

  it('begins anew after a day, not before, with any body', () => {
    for (const bodyHash of ['x', 'y']) {
      const completed = { bodyHash, state: 'completed', touchedAtMs: NOW_MS - DAY_MS } as const;
      expect(judge({ ...completed, createdAtMs: NOW_MS - DAY_MS })).toEqual({ do: 'begin', firstTaskId: 'mine' });
      expect(judge({ ...completed, createdAtMs: NOW_MS - DAY_MS + 1 }).do).toBe('decide');
    }
  });

  describe('with the same body', () => {
    it('replays what is completed', () => {
      expect(judge({ state: 'completed' })).toEqual({ do: 'decide', verdict: STORED });
    });

    it('says first that it shares, since its own request began', () => {
      expect(judge({ state: 'reserved' })).toEqual({ do: 'share' });
      expect(judge({ state: 'shared' })).toEqual({ do: 'share' });
      expect(judge({ state: 'reserved' }, { sharedAtMs: NOW_MS })).toEqual({ do: 'share' });
      expect(judge({ state: 'shared', touchedAtMs: NOW_MS - 1 }, { sharedAtMs: NOW_MS })).toEqual({ do: 'share' });
    });

    it('then writes under the reserved id, unless the event is there', () => {
      expect(judge({ state: 'shared' }, { sharedAtMs: NOW_MS })).toEqual({
        do: 'look',
        ifStored: STORED,
        otherwise: { do: 'decide', verdict: { is: 'write', firstTaskId: 'theirs', isOwner: false } },
      });
    });

    it('takes over what is released, under the same id', () => {
      expect(judge({ state: 'released' })).toEqual({
        do: 'look',
        ifStored: STORED,
        otherwise: { do: 'begin', firstTaskId: 'theirs' },
      });
    });
  });

  describe('with another body', () => {
    const takeOver = { do: 'look', ifStored: REUSED, otherwise: { do: 'begin', firstTaskId: 'mine' } };

    it.each(['reserved', 'shared'] as const)('is refused while it is %s and for 15 s after the last sign', (state) => {
      const sign = (agoMs: number) => judge({ bodyHash: 'y', state, touchedAtMs: NOW_MS - agoMs });
      expect([sign(-5_000), sign(0), sign(14_999)]).toEqual(Array(3).fill({ do: 'decide', verdict: REUSED }));
      expect(sign(15_000)).toEqual(takeOver);
    });

    it('is refused for good once it is completed', () => {
      const completed = judge({ bodyHash: 'y', state: 'completed', touchedAtMs: NOW_MS - 60_000 });
      expect(completed).toEqual({ do: 'decide', verdict: REUSED });
    });

    it('takes over what is released, under a new id', () => {
      expect(judge({ bodyHash: 'y', state: 'released' })).toEqual(takeOver);
    });
  });
});
