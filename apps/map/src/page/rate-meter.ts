const SECOND_MS = 1_000;
const SECONDS = 10;

/** How many a second, over the last ten. */
export class RateMeter {
  private counts: { second: number; count: number }[] = [];

  count(many: number, nowMs: number): void {
    if (many === 0) return;
    const second = Math.floor(nowMs / SECOND_MS);
    const last = this.counts.at(-1);
    if (last?.second === second) last.count += many;
    else this.counts.push({ second, count: many });
    this.forget(second);
  }

  perSecond(nowMs: number): number {
    this.forget(Math.floor(nowMs / SECOND_MS));
    return this.counts.reduce((sum, { count }) => sum + count, 0) / SECONDS;
  }

  private forget(second: number): void {
    this.counts = this.counts.filter((each) => each.second > second - SECONDS);
  }
}
