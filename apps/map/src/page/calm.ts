import { paced } from './paced.js';

/** Work for whoever reads what it changes: no more often than so many milliseconds, and not at all while it is paused. */
export class Calm {
  private readonly pace: () => void;
  private isAsked = false;
  private isResting = false;

  constructor(
    everyMs: number,
    private readonly work: () => void,
  ) {
    this.pace = paced(everyMs, () => this.run());
  }

  /** There is something new. */
  ask(): void {
    this.isAsked = true;
    this.pace();
  }

  /** Somebody has just asked to see it, whether it is paused or not. */
  now(): void {
    this.isAsked = false;
    this.work();
  }

  /** What was new meanwhile is worked on as soon as it is paused no more. */
  set isPaused(isPaused: boolean) {
    const goesOn = this.isResting && !isPaused;
    this.isResting = isPaused;
    if (goesOn && this.isAsked) this.now();
  }

  private run(): void {
    if (this.isAsked && !this.isResting) this.now();
  }
}
