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
  /** Items that wait for a commit at most. */
  readonly largestBuffer: number;
  /** How long the items of one commit wait for it. A database that hangs never says that it failed. */
  readonly timeoutMs: number;
}

/**
 * Commits items in groups: while one commit is under way the next group gathers. There is no timer, so an idle service
 * commits at once and a busy one in large groups. Each item's promise settles with its own group.
 */
export class GroupCommit<Item> {
  private buffer: Waiting<Item>[] = [];
  private committing: Promise<void> | null = null;

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
      this.committing ??= this.run();
    });
  }

  /** Resolves when everything that was added before has been committed or refused. */
  async flushed(): Promise<void> {
    await this.committing;
  }

  private async run(): Promise<void> {
    while (this.buffer.length > 0) {
      // A turn of the event loop: what has arrived meanwhile goes along, also where the commit itself never yields (libsql).
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.buffer.splice(0, this.options.largestGroup);
      try {
        await this.commitInTime(group.map((waiting) => waiting.item));
        for (const waiting of group) waiting.resolve();
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
        if (error instanceof CommitTimeoutError) this.refuseAllWaiting();
      }
    }
    this.committing = null;
  }

  /** Whoever waits behind a database that hangs would wait as long again for each group before it. */
  private refuseAllWaiting(): void {
    for (const waiting of this.buffer.splice(0)) waiting.reject(new BufferFullError());
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
