import { setTimeout as pause } from 'node:timers/promises';

const TURN_MS = 200;
const NAMES = ['EC2 Instance Offline', 'EC2 Instance Online', 'Door opened', 'Backup finished', 'Payment declined'];

/** Submits events, each from an address of its own, so many a second. Goes on where it ended when it is asked for more. */
export class EventFeed {
  private sent = 0;

  constructor(private readonly url: string) {}

  /** What has no room for the moment is sent again. @throws Error where one is refused */
  async submit(count: number, perSecond: number): Promise<void> {
    const startedAtMs = performance.now();
    const perTurn = Math.max(1, Math.round((perSecond * TURN_MS) / 1_000));
    for (let done = 0; done < count; done += perTurn) {
      await Promise.all(Array.from({ length: Math.min(perTurn, count - done) }, () => this.submitOne()));
      const aheadMs = ((done + perTurn) / perSecond) * 1_000 - (performance.now() - startedAtMs);
      if (aheadMs > 0) await pause(aheadMs);
    }
  }

  private async submitOne(): Promise<void> {
    const number = this.sent++;
    while ((await this.send(number)) === 503) await pause(1_000);
  }

  /** @returns the status */
  private async send(number: number): Promise<number> {
    const address = `${20 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}.1`;
    const answer = await fetch(`${this.url}/event/submit/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ name: NAMES[number % NAMES.length], status_code: number % 7 }),
    });
    await answer.arrayBuffer();
    if (answer.status !== 202 && answer.status !== 503) throw new Error(`expected 202, found ${answer.status}`);
    return answer.status;
  }
}
