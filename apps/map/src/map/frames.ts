/**
 * Draws in the browser's own rhythm, and only while there is something to draw: once when asked to, and on and on until
 * a time.
 */
export class Frames {
  private untilMs = 0;
  private isAsked = false;

  constructor(private readonly draw: (frameMs: number) => void) {}

  /** Draws in the next frame. */
  ask(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame((frameMs) => {
      this.isAsked = false;
      this.draw(frameMs);
      if (frameMs < this.untilMs) this.ask();
    });
  }

  /** Draws in each frame for so long. */
  keepOn(durationMs: number): void {
    this.untilMs = Math.max(this.untilMs, performance.now() + durationMs);
    this.ask();
  }
}
