/**
 * The texts that were added last. In two generations: a set of which the oldest is deleted each time steps over all that were
 * deleted before.
 */
export class Recent {
  private newer = new Set<string>();
  private older = new Set<string>();

  /** @param least so many are known, and twice as many at most */
  constructor(private readonly least: number) {}

  has(text: string): boolean {
    return this.newer.has(text) || this.older.has(text);
  }

  add(text: string): void {
    this.newer.add(text);
    if (this.newer.size < this.least) return;
    this.older = this.newer;
    this.newer = new Set();
  }
}
