import { unlessLate } from '#libs/platform';

interface Waiting<Item> {
  readonly item: Item;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Nothing is stored: the buffer is full, or the item has waited in it for too long. */
export class BufferFullError extends Error {}

/** So many commits may be given up and not have ended: a database that hangs must not fill the memory. */
const MOST_GIVEN_UP = 5;

/** A commit took too long. Its items may be stored all the same, now or later. */
export class CommitTimeoutError extends Error {}

export interface GroupCommitOptions {
  /** Items in one commit at most. */
  readonly largestGroup: number;
  /** Commits under way at once at most. */
  readonly commitsAtOnce: number;
  /** While a commit is under way, another one begins only for so many items: small groups cost more than waiting does. */
  readonly worthAnother: number;
  /**
   * Where more items than this wait, a group takes half of them, and so many at least. Clients that send one request after
   * another would else all wait for the same commit, and the process for them. All that wait, unless given.
   */
  readonly halvedBeyond?: number;
  /** Items that wait for a commit at most. */
  readonly largestBuffer: number;
  /** How long an item waits for its turn at most. */
  readonly longestWaitMs: number;
  /** How long a commit may take: a database that hangs never says that it failed. */
  readonly commitTimeoutMs: number;
  /** The time, for tests. */
  readonly nowMs?: () => number;
}

/**
 * Commits items in groups: while one commit is under way the next group gathers. There is no timer, so an idle service
 * commits at once and a busy one in large groups. Where the database gains from it, a group that is large enough does not
 * wait for the one before. Each item's promise settles with its own group.
 */
export class GroupCommit<Item> {
  private buffer: Waiting<Item>[] = [];
  private readonly underWay = new Set<Promise<void>>();
  /** Commits that have not ended, those that were given up included: they still hold their items. */
  private unended = 0;
  private isTurnAwaited = false;
  private readonly nowMs: () => number;

  constructor(
    private readonly commit: (items: readonly Item[]) => Promise<void>,
    private readonly options: GroupCommitOptions,
  ) {
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * Resolves once the item is committed; rejects with the commit's error, and then nothing of its group is stored.
   * @throws BufferFullError when too many wait already, or commits that were given up have not ended
   * @throws CommitTimeoutError when it is not known in time whether the group is stored
   */
  add(item: Item): Promise<void> {
    if (this.isFull()) return Promise.reject(new BufferFullError());
    return new Promise<void>((resolve, reject) => {
      this.buffer.push({ item, sinceMs: this.nowMs(), resolve, reject });
      this.beginSoon();
    });
  }

  /** Resolves when everything that was added has been committed or refused. */
  async flushed(): Promise<void> {
    while (this.buffer.length > 0 || this.underWay.size > 0) {
      await Promise.all(this.underWay);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** A turn of the event loop later: what arrives meanwhile goes along, also where a commit never yields. */
  private beginSoon(): void {
    if (this.isTurnAwaited || !this.isWorthACommit()) return;
    this.isTurnAwaited = true;
    setImmediate(() => {
      this.isTurnAwaited = false;
      if (this.isWorthACommit()) this.begin();
    });
  }

  private isFull(): boolean {
    const { largestBuffer, commitsAtOnce } = this.options;
    return this.buffer.length >= largestBuffer || this.unended >= commitsAtOnce + MOST_GIVEN_UP;
  }

  private isWorthACommit(): boolean {
    if (this.underWay.size === 0) return this.buffer.length > 0;
    return this.underWay.size < this.options.commitsAtOnce && this.buffer.length >= this.options.worthAnother;
  }

  private begin(): void {
    const group = this.takeGroup();
    if (group.length === 0) return;
    const settled: Promise<void> = this.commitInTime(group.map(({ item }) => item)).then(
      () => this.end(settled, () => group.forEach(({ resolve }) => resolve())),
      (error: unknown) => this.end(settled, () => group.forEach(({ reject }) => reject(error)), error),
    );
    this.underWay.add(settled);
    this.beginSoon();
  }

  /** Whoever has waited too long is refused: an answer that nobody expects any more is of no use. */
  private takeGroup(): Waiting<Item>[] {
    const latestMs = this.nowMs() - this.options.longestWaitMs;
    const inTime = this.buffer.findIndex(({ sinceMs }) => sinceMs > latestMs);
    for (const { reject } of this.buffer.splice(0, inTime < 0 ? this.buffer.length : inTime))
      reject(new BufferFullError());
    return this.buffer.splice(0, this.groupSize());
  }

  private groupSize(): number {
    const { halvedBeyond = Infinity, largestGroup } = this.options;
    return Math.min(largestGroup, Math.max(halvedBeyond, Math.ceil(this.buffer.length / 2)));
  }

  /** The next group goes first and the answers second, so that the database does not wait until those are written. */
  private end(settled: Promise<void>, answer: () => void, error?: unknown): void {
    this.underWay.delete(settled);
    const refused = error instanceof CommitTimeoutError ? this.buffer.splice(0) : [];
    if (this.isWorthACommit()) this.begin();
    answer();
    // Whoever waits behind a database that hangs would wait as long again for each group before it.
    for (const waiting of refused) waiting.reject(new BufferFullError());
  }

  private async commitInTime(items: readonly Item[]): Promise<void> {
    this.unended++;
    const commit = (async () => this.commit(items))().finally(() => this.unended--);
    await unlessLate(commit, { longestMs: this.options.commitTimeoutMs, error: () => new CommitTimeoutError() });
  }
}
