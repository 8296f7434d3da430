/** How a submission went, as its client saw it. */
export type SubmissionOutcome =
  /** Answered 202. */
  | 'accepted'
  /** Answered 503 with a time to come again. */
  | 'refused'
  /** The connection was refused, so that nothing was sent. */
  | 'unsent'
  /** The connection ended before an answer came. */
  | 'cut off'
  /** No answer within the longest time that a client waits. */
  | 'hanging'
  /** Any other answer. */
  | 'wrong';

/** A submission, under a name that no other one has. Times in ms, by the test's monotonic clock. */
export interface LedgerEntry {
  readonly name: string;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: SubmissionOutcome;
  /** Where it was accepted. */
  readonly taskId?: string;
  /** What was answered where that is wrong, or the code of the error. */
  readonly told?: string;
}

/** An event as SQL has it. */
export interface StoredEvent {
  readonly taskId: string;
  readonly name: string;
  readonly locationStatus: string;
}

/** What the ledger and SQL make of each other. All but the numbers has to be empty. */
export interface Verdict {
  readonly accepted: number;
  /** Accepted and not stored, or under another id. */
  readonly lost: readonly string[];
  /** Stored more than once. */
  readonly duplicated: readonly string[];
  /** Stored though the client was told that it is not, or never sent it. */
  readonly unasked: readonly string[];
  /** Accepted and without a final location status. */
  readonly pending: readonly string[];
  /** Stored, but its answer was lost on the way. */
  readonly storedUnanswered: number;
}

/**
 * Holds what clients were told against what is stored.
 * @param isRefusalSure false where the database's own answer may be lost: then a submission that was answered 503 may be stored
 */
export function holdAgainst(
  entries: readonly LedgerEntry[],
  stored: readonly StoredEvent[],
  isRefusalSure: boolean,
): Verdict {
  const storedByName = byName(stored);
  const entryByName = new Map(entries.map((entry) => [entry.name, entry]));
  const accepted = entries.filter(({ outcome }) => outcome === 'accepted');
  const mayBeStored: readonly SubmissionOutcome[] = ['accepted', 'cut off', 'hanging'];
  const found = (entry: LedgerEntry) => storedByName.get(entry.name)?.find(({ taskId }) => taskId === entry.taskId);
  const unasked = [...storedByName.keys()].filter((name) => {
    const outcome = entryByName.get(name)?.outcome ?? 'unsent';
    return !mayBeStored.includes(outcome) && !(outcome === 'refused' && !isRefusalSure);
  });
  return {
    accepted: accepted.length,
    lost: namesOf(accepted.filter((entry) => found(entry) === undefined)),
    duplicated: [...storedByName].filter(([, events]) => events.length > 1).map(([name]) => name),
    unasked,
    pending: namesOf(accepted.filter((entry) => found(entry)?.locationStatus === 'pending')),
    storedUnanswered: [...storedByName.keys()].filter((name) => entryByName.get(name)?.outcome !== 'accepted').length,
  };
}

/** The longest time between two accepted submissions, or an end of the ledger, in ms. */
export function longestWithoutAccepted(entries: readonly LedgerEntry[]): number {
  const [first] = entries;
  if (first === undefined) return 0;
  const ends = entries.map(({ endedAtMs }) => endedAtMs);
  const accepted = entries.filter(({ outcome }) => outcome === 'accepted').map(({ endedAtMs }) => endedAtMs);
  const times = [first.sentAtMs, ...accepted, Math.max(...ends)].sort((one, other) => one - other);
  return Math.max(...times.slice(1).map((timeMs, index) => timeMs - (times[index] ?? 0)));
}

function byName(stored: readonly StoredEvent[]): Map<string, StoredEvent[]> {
  const named = new Map<string, StoredEvent[]>();
  for (const event of stored) {
    const others = named.get(event.name);
    if (others === undefined) named.set(event.name, [event]);
    else others.push(event);
  }
  return named;
}

function namesOf(entries: readonly LedgerEntry[]): string[] {
  return entries.map(({ name }) => name);
}
