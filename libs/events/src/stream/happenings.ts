import type { FeedKind, FeedMessage } from '../feed/event-feed.js';

/** Something that happened to one event, and that streams have not been told of yet. */
export interface Happening {
  readonly kind: FeedKind;
  readonly taskId: string;
}

/** What streams are still to be told, in order, and up to when all has been told. */
export class Happenings {
  private waiting: Happening[] = [];
  private heard = 0;
  private told = 0;
  private mark: { readonly timeMs: number; readonly heard: number } | null = null;

  /** @param toldUpToMs what was committed by then concerns nobody, or has been told */
  constructor(private toldUpToMs: number) {}

  get size(): number {
    return this.waiting.length;
  }

  /** Everything that was committed by then has been told, or happened before anybody listened. Epoch milliseconds. */
  get toldMs(): number {
    return this.toldUpToMs;
  }

  add({ kind, taskIds }: FeedMessage): void {
    for (const taskId of taskIds) this.waiting.push({ kind, taskId });
    this.heard += taskIds.length;
  }

  /** The next ones; `toldAll` is due when they have been told. */
  take(most: number): Happening[] {
    return this.waiting.splice(0, most);
  }

  toldAll({ length }: readonly Happening[]): void {
    this.told += length;
    this.reach();
  }

  /** Everything that was committed by then has been added: once all of that is told, so is it. */
  allHeardBy(timeMs: number): void {
    this.mark ??= { timeMs, heard: this.heard };
    this.reach();
  }

  private reach(): void {
    if (this.mark === null || this.told < this.mark.heard) return;
    this.toldUpToMs = this.mark.timeMs;
    this.mark = null;
  }
}
