import type { CDPSession, Page } from 'playwright-core';

type Place = readonly [x: number, y: number];

/** Fingers on a page with a touch screen, in CSS pixels of what is in sight. Playwright itself has a tap alone. */
export class Fingers {
  private constructor(private readonly session: CDPSession) {}

  /** @param page of a context with `hasTouch` */
  static async on(page: Page): Promise<Fingers> {
    return new Fingers(await page.context().newCDPSession(page));
  }

  /** Puts each down at the begin of its way, takes all along theirs together, and lifts them. */
  async go(ways: readonly (readonly [from: Place, to: Place])[], steps = 8): Promise<void> {
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const touchPoints = ways.map(([[fromX, fromY], [toX, toY]], id) => ({
        x: fromX + (toX - fromX) * share,
        y: fromY + (toY - fromY) * share,
        id,
      }));
      await this.session.send('Input.dispatchTouchEvent', {
        type: step === 0 ? 'touchStart' : 'touchMove',
        touchPoints,
      });
    }
    await this.session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }
}
