import type { Absence } from './readiness.js';

/** How a submission went, as its client saw it. */
export type SubmissionOutcome =
  /** Answered 202. */
  | 'accepted'
  /** Answered 503 with a time to come again: it is not stored. */
  | 'refused'
  /** Answered 503 with a time to come again, and that it is not known whether it is stored. */
  | 'unsure'
  /** The connection was refused, so that nothing was sent. */
  | 'unsent'
  /** The connection ended before an answer came. */
  | 'cut off'
  /** No answer within the longest time that a client waits. */
  | 'hanging'
  /** Any other answer. */
  | 'wrong';

/** After these nobody but the service knows whether the event is stored. */
const MAY_BE_STORED: readonly SubmissionOutcome[] = ['unsure', 'cut off', 'hanging'];

/**
 * An event that was submitted, under a name that no other one has; several entries where it was sent again. Times in ms, by
 * the test's monotonic clock.
 */
export interface LedgerEntry {
  readonly name: string;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: SubmissionOutcome;
  /** Where it was accepted. */
  readonly taskId?: string;
  /** What was answered where that is no 202, or the code of the error. */
  readonly told?: string;
  /** Of all events of one batch the same. */
  readonly batch?: string;
  /** Whether it went through the balancer, which goes on to another process where one is not there. */
  readonly isBalanced?: boolean;
  /** Where it has an Idempotency-Key: how often it was sent before. It is sent again until it is accepted. */
  readonly repeats?: number;
}

/** An event as SQL has it. */
export interface StoredEvent {
  readonly taskId: string;
  readonly name: string;
  readonly sourceIp: string;
  /** By the service's wall clock. */
  readonly receivedAtMs: number;
  readonly locationStatus: string;
  /** The recorder says of each address that it is in a city of that name. */
  readonly city: string | null;
}

/** What the ledger and SQL make of each other. All but the numbers has to be empty. */
export interface Verdict {
  /** Events, each once. */
  readonly accepted: number;
  /** Accepted and not stored, or under another id. */
  readonly lost: readonly string[];
  /** Stored more than once. */
  readonly duplicated: readonly string[];
  /** Stored though the client was told that it is not, or never sent it. */
  readonly unasked: readonly string[];
  /** Batches that are stored in part. */
  readonly torn: readonly string[];
  /** With an Idempotency-Key, and not accepted, however often they were sent. */
  readonly givenUp: readonly string[];
  /** Stored, and not `located`. */
  readonly unlocated: readonly string[];
  /** Located, and not where its address is. */
  readonly misplaced: readonly string[];
  /** Stored, but its answer was lost on the way, or told nothing. */
  readonly storedUnanswered: number;
}

/** Holds what clients were told against what is stored. */
export function holdAgainst(entries: readonly LedgerEntry[], stored: readonly StoredEvent[]): Verdict {
  const storedByName = groupBy(stored, ({ name }) => name);
  const entriesByName = groupBy(entries, ({ name }) => name);
  const outcomesOf = (name: string) => entriesByName.get(name)?.map(({ outcome }) => outcome) ?? [];
  const accepted = entries.filter(({ outcome }) => outcome === 'accepted');
  const isStored = ({ name, taskId }: LedgerEntry) =>
    storedByName.get(name)?.some((event) => event.taskId === taskId) === true;
  const unaccepted = [...storedByName.keys()].filter((name) => !outcomesOf(name).includes('accepted'));
  const keyed = entries.filter(({ repeats }) => repeats !== undefined);
  return {
    accepted: namesOf(accepted).length,
    lost: namesOf(accepted.filter((entry) => !isStored(entry))),
    duplicated: [...storedByName].filter(([, events]) => events.length > 1).map(([name]) => name),
    unasked: unaccepted.filter((name) => !outcomesOf(name).some((outcome) => MAY_BE_STORED.includes(outcome))),
    torn: tornBatches(entries, storedByName),
    givenUp: namesOf(keyed.filter(({ name }) => !outcomesOf(name).includes('accepted'))),
    unlocated: namesOf(stored.filter(({ locationStatus }) => locationStatus !== 'located')),
    misplaced: namesOf(
      stored.filter(({ locationStatus, city, sourceIp }) => locationStatus === 'located' && city !== sourceIp),
    ),
    storedUnanswered: unaccepted.length,
  };
}

/** Why a submission may go another way than to be accepted. Times in ms, by the test's monotonic clock. */
export interface Excuse {
  readonly outcomes: readonly SubmissionOutcome[];
  /** While this is so, and for `graceMs` after it. */
  readonly times: readonly Absence[];
  readonly graceMs: number;
  /** True where the balancer spares its clients this. */
  readonly isSparedByBalancer?: boolean;
}

/**
 * Entries that were not accepted, and have no excuse at any moment between their sending and their end. What has an
 * Idempotency-Key may be refused when it is sent again: what came before may be under way.
 */
export function unexpectedEntries(entries: readonly LedgerEntry[], excuses: readonly Excuse[]): readonly LedgerEntry[] {
  return entries.filter((entry) => {
    const { outcome, repeats = 0 } = entry;
    const isExcused = excuses.some((excuse) => excuse.outcomes.includes(outcome) && covers(excuse, entry));
    return outcome !== 'accepted' && !isExcused && !(outcome === 'refused' && repeats > 0);
  });
}

function covers({ times, graceMs, isSparedByBalancer = false }: Excuse, entry: LedgerEntry): boolean {
  if (isSparedByBalancer && entry.isBalanced === true) return false;
  return times.some(({ fromMs, toMs }) => fromMs <= entry.endedAtMs && entry.sentAtMs <= toMs + graceMs);
}

/** The longest time between two accepted submissions, or an end of the ledger, in ms. Entries in any order. */
export function longestWithoutAccepted(entries: readonly LedgerEntry[]): number {
  const accepted = entries.filter(({ outcome }) => outcome === 'accepted').map(({ endedAtMs }) => endedAtMs);
  const firstMs = entries.reduce((least, { sentAtMs }) => Math.min(least, sentAtMs), Infinity);
  const lastMs = entries.reduce((most, { endedAtMs }) => Math.max(most, endedAtMs), firstMs);
  const timesMs = [...accepted.sort((one, other) => one - other), lastMs];
  let longestMs = 0;
  let beforeMs = firstMs;
  for (const timeMs of timesMs) {
    longestMs = Math.max(longestMs, timeMs - beforeMs);
    beforeMs = timeMs;
  }
  return entries.length === 0 ? 0 : longestMs;
}

/** How many submissions went each way. */
export function countOutcomes(entries: readonly LedgerEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function tornBatches(entries: readonly LedgerEntry[], stored: ReadonlyMap<string, unknown>): string[] {
  const batches = groupBy(entries, ({ batch }) => batch);
  return [...batches].flatMap(([batch, parts]) => {
    const storedParts = parts.filter(({ name }) => stored.has(name)).length;
    return batch !== undefined && storedParts > 0 && storedParts < parts.length ? [batch] : [];
  });
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const others = groups.get(keyOf(item));
    if (others === undefined) groups.set(keyOf(item), [item]);
    else others.push(item);
  }
  return groups;
}

/** Each once. */
function namesOf(named: readonly { readonly name: string }[]): string[] {
  return [...new Set(named.map(({ name }) => name))];
}
