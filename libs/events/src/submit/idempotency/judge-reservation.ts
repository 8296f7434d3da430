import type { ReservationEntity } from './reservation.entity.js';

/** How long a key is kept. */
export const KEPT_MS = 24 * 3_600_000;

/**
 * How long after the last sign of a writer another body has to wait for a key whose events are not there. Longer than a
 * request waits to reserve (2 s) and then for the commit of its events (8 s where they are a batch and another was before).
 */
export const LEASE_MS = 15_000;

/** A request that wants a key. */
export interface Claim {
  readonly keyHash: string;
  readonly bodyHash: string;
  /** Its own, new: whose the reservation is shows by it. */
  readonly firstTaskId: string;
  /** When it said that it shares the reservation of another request, or null. */
  readonly sharedAtMs: number | null;
}

/**
 * What a claim came to. `reused`: another body has the key; `stored`: the events are there; `write`: they are to be
 * written under these ids, by the owner of the reservation or by a repeat as well.
 */
export type Verdict =
  | { readonly is: 'reused' }
  | { readonly is: 'stored'; readonly firstTaskId: string }
  | { readonly is: 'write'; readonly firstTaskId: string; readonly isOwner: boolean };

interface Decide {
  readonly do: 'decide';
  readonly verdict: Verdict;
}

/** Put a reservation of this first id in the place of the one that was found. */
interface Begin {
  readonly do: 'begin';
  readonly firstTaskId: string;
}

/** The verdict, or what to do before it is known: say that the reservation is shared, or look whether its events are stored. */
export type Judgement =
  | Decide
  | Begin
  | { readonly do: 'share' }
  | { readonly do: 'look'; readonly ifStored: Verdict; readonly otherwise: Decide | Begin };

/** Judges a claim by the reservation that is in the database. */
export function judgeReservation(found: ReservationEntity, claim: Claim, nowMs: number): Judgement {
  const { firstTaskId, bodyHash, createdAtMs } = found;
  if (firstTaskId === claim.firstTaskId) return decide({ is: 'write', firstTaskId, isOwner: true });
  if (nowMs - createdAtMs >= KEPT_MS) return { do: 'begin', firstTaskId: claim.firstTaskId };
  return bodyHash === claim.bodyHash ? judgeSameBody(found, claim) : judgeOtherBody(found, claim, nowMs);
}

function judgeSameBody({ state, firstTaskId, touchedAtMs }: ReservationEntity, { sharedAtMs }: Claim): Judgement {
  const ifStored: Verdict = { is: 'stored', firstTaskId };
  if (state === 'completed') return decide(ifStored);
  // Under the same ids: should the write that failed have been stored after all, nothing is stored twice.
  if (state === 'released') return { do: 'look', ifStored, otherwise: { do: 'begin', firstTaskId } };
  const isShared = state === 'shared' && sharedAtMs !== null && touchedAtMs >= sharedAtMs;
  if (!isShared) return { do: 'share' };
  return { do: 'look', ifStored, otherwise: decide({ is: 'write', firstTaskId, isOwner: false }) };
}

function judgeOtherBody({ state, touchedAtMs }: ReservationEntity, claim: Claim, nowMs: number): Judgement {
  const isBeingWritten = state !== 'released' && nowMs - touchedAtMs < LEASE_MS;
  if (state === 'completed' || isBeingWritten) return decide({ is: 'reused' });
  const { firstTaskId } = claim;
  return { do: 'look', ifStored: { is: 'reused' }, otherwise: { do: 'begin', firstTaskId } };
}

function decide(verdict: Verdict): Decide {
  return { do: 'decide', verdict };
}
