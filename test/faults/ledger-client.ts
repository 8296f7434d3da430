import { Agent } from 'node:http';
import { wait } from '../support/wait.js';
import type { LedgerEntry } from './judges/ledger.js';
import { submit, type SubmissionRequest } from './submission-request.js';

/** Of ten submissions the fourth is a batch, and the eighth has an Idempotency-Key; the others are single events. */
const PERIOD = 10;
const BATCH_AT = 3;
const KEYED_AT = 7;
const EVENTS_OF_BATCH = 3;
/** Below the ten that nginx lets in from one address: on a busy machine, where what is due has waited, more would be at once. */
const MOST_BATCHES_UNDER_WAY = 8;
/** As Retry-After says. */
const REPEAT_AFTER_MS = 1_000;
/** Beyond the longest time that any fault keeps submissions from being accepted. */
const LONGEST_REPEATING_MS = 90_000;

/** Where events can be submitted. */
export interface Entrance {
  readonly url: string;
  /** Whether it is a balancer's. */
  readonly isBalanced: boolean;
}

export interface LedgerClientOptions {
  /** Submitted to in turn; a repeat goes to the next. */
  readonly entrances: readonly [Entrance, ...Entrance[]];
  readonly perSecond: number;
  /** The source of the next submission. */
  readonly nextAddress: () => string;
  /** Tells the names of this client's events from those of another's. */
  readonly prefix: string;
  /** What is due while so many wait for their answers is not sent at all, so that a busy machine is not overrun; no bound unless told. */
  readonly mostUnderWay?: number;
}

/**
 * Submits events at a steady rate, whatever becomes of those before, and writes down how each submission went: one entry for
 * each event and each time that it was sent. What has an Idempotency-Key is sent again until it is accepted; batches that would
 * be too many at once are single events.
 */
export class LedgerClient {
  readonly entries: LedgerEntry[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private readonly startedAtMs = performance.now();
  /** At the steady rate. */
  private due = 0;
  private begun = 0;
  private batchesUnderWay = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: LedgerClientOptions) {
    this.timer = setInterval(() => this.sendWhatIsDue(), 5);
  }

  /** Sends nothing new, and returns when all that was sent has ended, and has been accepted where it has a key. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    this.agent.destroy();
  }

  /** Submits so many at once, on top of those that are due: single events, since of batches only ten may wait. */
  burst(count: number): void {
    for (let sent = 0; sent < count; sent++) this.watch(this.submitOne(this.begun++));
  }

  private sendWhatIsDue(): void {
    const dueByNow = ((performance.now() - this.startedAtMs) * this.options.perSecond) / 1_000;
    const { mostUnderWay = Infinity } = this.options;
    for (; this.due < dueByNow; this.due++) if (this.underWay.size < mostUnderWay) this.send();
  }

  private send(): void {
    const index = this.begun++;
    const place = index % PERIOD;
    if (place === KEYED_AT) this.watch(this.submitUntilAccepted(index));
    else if (place === BATCH_AT && this.batchesUnderWay < MOST_BATCHES_UNDER_WAY) this.watch(this.submitBatch(index));
    else this.watch(this.submitOne(index));
  }

  private watch(submission: Promise<unknown>): void {
    const watched = submission.then(() => void this.underWay.delete(watched));
    this.underWay.add(watched);
  }

  private submitOne(index: number): Promise<boolean> {
    return this.attempt(index, { names: [this.nameOf(index)], address: this.options.nextAddress() });
  }

  private async submitBatch(index: number): Promise<boolean> {
    this.batchesUnderWay++;
    const batch = this.nameOf(index);
    const names = Array.from({ length: EVENTS_OF_BATCH }, (_, part) => `${batch}-${part}`);
    return this.attempt(index, { names, address: this.options.nextAddress() }, { batch }).finally(
      () => this.batchesUnderWay--,
    );
  }

  private nameOf(index: number): string {
    return `${this.options.prefix}-${index}`;
  }

  private async submitUntilAccepted(index: number): Promise<void> {
    const [name, address] = [this.nameOf(index), this.options.nextAddress()];
    const deadlineMs = performance.now() + LONGEST_REPEATING_MS;
    for (let repeats = 0; ; repeats++) {
      const request = { names: [name], address, idempotencyKey: name };
      const isAccepted = await this.attempt(index + repeats, request, { repeats });
      if (isAccepted || performance.now() > deadlineMs) return;
      await wait(REPEAT_AFTER_MS);
    }
  }

  /** @param turn says which entrance's turn it is */
  private async attempt(
    turn: number,
    request: Omit<SubmissionRequest, 'url'>,
    more: Pick<LedgerEntry, 'batch' | 'repeats'> = {},
  ): Promise<boolean> {
    const { entrances } = this.options;
    const { url, isBalanced } = entrances[turn % entrances.length] ?? entrances[0];
    const sentAtMs = performance.now();
    const { outcome, taskIds, told } = await submit(this.agent, { ...request, url });
    const endedAtMs = performance.now();
    for (const [part, name] of request.names.entries()) {
      const [taskId] = taskIds?.slice(part) ?? [];
      const shown = { ...(taskId !== undefined && { taskId }), ...(told !== undefined && { told }) };
      this.entries.push({ name, sentAtMs, endedAtMs, outcome, isBalanced, ...shown, ...more });
    }
    return outcome === 'accepted';
  }
}
