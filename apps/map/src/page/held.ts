/**
 * What the page shows by itself, which whoever has paused it does not want to see change. Of the same thing only the latest
 * is kept, and shown when the page goes on. What was never shown is shown at once: there is nothing yet that could be read.
 */
export class Held {
  private readonly shown = new Set<string>();
  private readonly kept = new Map<string, () => void>();
  private isResting = false;

  show(what: string, work: () => void): void {
    if (this.isResting && this.shown.has(what)) return void this.kept.set(what, work);
    this.shown.add(what);
    work();
  }

  set isPaused(isPaused: boolean) {
    this.isResting = isPaused;
    if (isPaused) return;
    const works = [...this.kept.values()];
    this.kept.clear();
    for (const work of works) work();
  }

  /** Something else is looked at: what was kept is of no use any more. */
  beginAnew(): void {
    this.shown.clear();
    this.kept.clear();
  }
}
