/** As long as most people need for the second press of two. */
const DOUBLE_MS = 300;
/** A finger does not come down in the same place twice. */
const DOUBLE_PX = 24;

type Hear = (px: number, py: number) => void;

/** Tells a press from two in a row, which are something else: what one press does waits until there is no second one. */
export class Presses {
  private waiting: { readonly px: number; readonly py: number; readonly timer: ReturnType<typeof setTimeout> } | null =
    null;

  constructor(
    private readonly onOne: Hear,
    private readonly onTwo: Hear,
  ) {}

  press(px: number, py: number): void {
    const before = this.waiting;
    if (before !== null && Math.hypot(px - before.px, py - before.py) <= DOUBLE_PX) {
      clearTimeout(before.timer);
      this.waiting = null;
      return this.onTwo(px, py);
    }
    this.settle();
    this.waiting = { px, py, timer: setTimeout(() => this.settle(), DOUBLE_MS) };
  }

  /** Waits no more: something else begins, after which the place would be another one. */
  settle(): void {
    if (this.waiting === null) return;
    const { px, py, timer } = this.waiting;
    clearTimeout(timer);
    this.waiting = null;
    this.onOne(px, py);
  }
}
