interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Thrown at once when the buffer is full. */
export class BufferFullError extends Error {}

/** A commit took too long. Its items may be stored all the same, now or later. */
export class CommitTimeoutError extends Error {}

export interface GroupCommitOptions {
  /** Items in one commit at most. */
  readonly largestGroup: number;
  /** Commits under way at once at most. */
  readonly commitsAtOnce: number;
  /** While a commit is under way, another one begins only for so many items: small groups cost more than waiting does. */
  readonly worthAnother: number;
  /** Items that wait for a commit at most. */
  readonly largestBuffer: number;
  /** How long the items of one commit wait for it. A database that hangs never says that it failed. */
  readonly timeoutMs: number;
}

/**
 * Commits items in groups: while one commit is under way the next group gathers. There is no timer, so an idle service
 * commits at once and a busy one in large groups. Where the database gains from it, a group that is large enough does not
 * wait for the one before. Each item's promise settles with its own group.
 */
export class GroupCommit<Item> {
  private buffer: Waiting<Item>[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private isTurnAwaited = false;

  constructor(
    private readonly commit: (items: readonly Item[]) => Promise<void>,
    private readonly options: GroupCommitOptions,
  ) {}

  /**
   * Resolves once the item is committed; rejects with the commit's error, and then nothing of its group is stored.
   * @throws BufferFullError when too many wait already
   * @throws CommitTimeoutError when it is not known in time whether the group is stored
   */
  add(item: Item): Promise<void> {
    if (this.buffer.length >= this.options.largestBuffer) return Promise.reject(new BufferFullError());
    return new Promise<void>((resolve, reject) => {
      this.buffer.push({ item, resolve, reject });
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

  private isWorthACommit(): boolean {
    if (this.underWay.size === 0) return this.buffer.length > 0;
    return this.underWay.size < this.options.commitsAtOnce && this.buffer.length >= this.options.worthAnother;
  }

  private begin(): void {
    const group = this.buffer.splice(0, this.options.largestGroup);
    const settled: Promise<void> = this.commitInTime(group.map(({ item }) => item)).then(
      () => this.end(settled, () => group.forEach(({ resolve }) => resolve())),
      (error: unknown) => this.end(settled, () => group.forEach(({ reject }) => reject(error)), error),
    );
    this.underWay.add(settled);
    this.beginSoon();
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
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new CommitTimeoutError()), this.options.timeoutMs);
    });
    const commit = (async () => this.commit(items))();
    // Should it fail after the timeout, nobody waits for that any more.
    commit.catch(() => {});
    await Promise.race([commit, late]).finally(() => clearTimeout(timer));
  }
}
