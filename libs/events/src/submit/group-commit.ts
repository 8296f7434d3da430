import { beginChild, endWith, forAll, type Span, unlessLate } from '#libs/platform';

interface Waiting<Item> {
  readonly item: Item;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Of its waiting, where that is traced. */
  readonly span?: Span;
}

/** Nothing is stored: the buffer is full, or the item has waited in it so long that too little time is left for a commit. */
export class BufferFullError extends Error {}

/** So many commits may be given up and not have ended: a database that hangs must not fill the memory. */
const MOST_GIVEN_UP = 5;

/** A commit took too long. Its items may be stored all the same, now or later. */
export class CommitTimeoutError extends Error {}

export interface GroupCommitOptions {
  /** What traces call an item's waiting and commit. */
  readonly spanName: string;
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
  /** How long after its beginning an item is committed or refused: a database that hangs never says that it failed. */
  readonly budgetMs: number;
  /** Of the budget: an item waits for its turn for as long as so much is left, and every commit has so much time. */
  readonly leastCommitMs: number;
}

/** Stores the items, all or none. After `timeoutMs` nobody waits for it any more. */
export type Commit<Item> = (items: readonly Item[], timeoutMs: number) => Promise<void>;

/**
 * Commits items in groups: while one commit is under way the next group gathers. No timer gathers them, so an idle service
 * commits at once and a busy one in large groups. Where the database gains from it, a group that is large enough does not
 * wait for the one before. Each item's promise settles with its own group. What a commit does is told once, in the trace of
 * the first item.
 */
export class GroupCommit<Item> {
  private buffer: Waiting<Item>[] = [];
  private readonly underWay = new Set<Promise<void>>();
  /** Commits that have not ended, those that were given up included: they still hold their items. */
  private unended = 0;
  private isTurnAwaited = false;
  /** Refuses whoever has waited for too long, while a commit goes on that ends later than that. */
  private nextRefusal: { readonly atMs: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly commit: Commit<Item>,
    private readonly options: GroupCommitOptions,
  ) {}

  /** Items that wait for a commit. */
  get waiting(): number {
    return this.buffer.length;
  }

  /**
   * Resolves once the item is committed; rejects with the commit's error, and then nothing of its group is stored.
   * @param sinceMs when the item's budget began, by `performance.now()`, where that was before
   * @throws BufferFullError when too many wait already, its turn came too late, or commits that were given up have not ended
   * @throws CommitTimeoutError when it is not known in time whether the group is stored
   */
  add(item: Item, sinceMs = performance.now()): Promise<void> {
    if (this.isFull()) return Promise.reject(new BufferFullError());
    const span = beginChild(this.options.spanName);
    const committed = new Promise<void>((resolve, reject) => {
      this.buffer.push({ item, sinceMs, resolve, reject, span });
      this.refuseInTime(sinceMs);
      this.beginSoon();
    });
    return endWith(span, committed);
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
    for (const { span } of group) span?.setAttribute('whence.group_size', group.length);
    const settled: Promise<void> = forAll(group, () => this.commitInTime(group)).then(
      () => this.end(settled, () => group.forEach(({ resolve }) => resolve())),
      (error: unknown) => this.end(settled, () => group.forEach(({ reject }) => reject(error)), error),
    );
    this.underWay.add(settled);
    this.beginSoon();
  }

  /** Whoever has too little time left is refused: so it is sure that nothing is stored, and another commit is not cut short. */
  private takeGroup(): Waiting<Item>[] {
    this.refuseLate();
    const group = this.buffer.splice(0, this.groupSize());
    if (this.buffer.length === 0) this.refuseNobody();
    return group;
  }

  private refuseLate(): void {
    const latestMs = performance.now() - this.longestWaitMs;
    const late = this.buffer.filter(({ sinceMs }) => sinceMs <= latestMs);
    if (late.length > 0) this.buffer = this.buffer.filter(({ sinceMs }) => sinceMs > latestMs);
    for (const { reject } of late) reject(new BufferFullError());
  }

  /** For whoever waits since then. One timer serves all: the earliest. */
  private refuseInTime(sinceMs: number): void {
    const atMs = sinceMs + this.longestWaitMs;
    if (this.nextRefusal !== undefined && this.nextRefusal.atMs <= atMs) return;
    this.refuseNobody();
    const timer = setTimeout(
      () => {
        this.nextRefusal = undefined;
        this.refuseLate();
        if (this.buffer.length > 0) this.refuseInTime(oldestOf(this.buffer));
      },
      Math.ceil(atMs - performance.now()),
    );
    this.nextRefusal = { atMs, timer };
  }

  private refuseNobody(): void {
    clearTimeout(this.nextRefusal?.timer);
    this.nextRefusal = undefined;
  }

  private get longestWaitMs(): number {
    return this.options.budgetMs - this.options.leastCommitMs;
  }

  private groupSize(): number {
    const { halvedBeyond = Infinity, largestGroup } = this.options;
    return Math.min(largestGroup, Math.max(halvedBeyond, Math.ceil(this.buffer.length / 2)));
  }

  /** The next group goes first and the answers second, so that the database does not wait until those are written. */
  private end(settled: Promise<void>, answer: () => void, error?: unknown): void {
    this.underWay.delete(settled);
    const refused = error instanceof CommitTimeoutError ? this.buffer.splice(0) : [];
    if (this.buffer.length === 0) this.refuseNobody();
    if (this.isWorthACommit()) this.begin();
    answer();
    // Whoever waits behind a database that hangs would wait as long again for each group before it.
    for (const waiting of refused) waiting.reject(new BufferFullError());
  }

  /** Within what is left of the oldest item's budget. */
  private async commitInTime(group: readonly Waiting<Item>[]): Promise<void> {
    const longestMs = oldestOf(group) + this.options.budgetMs - performance.now();
    const items = group.map(({ item }) => item);
    this.unended++;
    const commit = (async () => this.commit(items, longestMs))().finally(() => this.unended--);
    await unlessLate(commit, { longestMs, error: () => new CommitTimeoutError() });
  }
}

function oldestOf(waiting: readonly Waiting<unknown>[]): number {
  return waiting.reduce((oldest, { sinceMs }) => Math.min(oldest, sinceMs), Infinity);
}
