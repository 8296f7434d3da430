import { Logger } from '@nestjs/common';
import PQueue from 'p-queue';
import {
  DELAY_AFTER_THROW_MS,
  type JobVerdict,
  type LookupHandler,
  type LookupJob,
  LookupQueue,
  type LookupRequest,
  type QueueCounts,
} from './lookup-queue.js';

/** Keys kept in memory at most. What comes beyond stays in SQL, where the reconciler finds it when there is room. */
const LARGEST_BACKLOG = 10_000;

/** The queue of a service that is one process. Empty at start: the reconciler fills it from SQL. */
export class InProcessLookupQueue extends LookupQueue {
  private readonly logger = new Logger(InProcessLookupQueue.name);
  private readonly jobs = new Map<string, LookupJob>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly stopping = new AbortController();
  private readonly queue: PQueue;
  private handler: LookupHandler | undefined;
  private stopped = false;

  constructor(concurrency: number) {
    super();
    this.queue = new PQueue({ concurrency, autoStart: false });
  }

  override async request(requests: readonly LookupRequest[]): Promise<void> {
    for (const { key, address } of requests) {
      if (this.stopped || this.jobs.has(key) || this.jobs.size >= LARGEST_BACKLOG) continue;
      this.jobs.set(key, { key, address, attempts: 0 });
      this.enqueue(key);
    }
  }

  override work(handler: LookupHandler): void {
    this.handler = handler;
    this.queue.start();
  }

  override pause(): void {
    this.queue.pause();
  }

  override resume(): void {
    if (this.handler !== undefined && !this.stopped) this.queue.start();
  }

  override async counts(): Promise<QueueCounts> {
    return { waiting: this.jobs.size - this.queue.pending, active: this.queue.pending };
  }

  override async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    this.queue.pause();
    this.queue.clear();
    for (const timer of this.timers) clearTimeout(timer);
    const deadline = setTimeout(() => this.stopping.abort(new Error('the service stops')), graceMs);
    await this.queue.onPendingZero();
    clearTimeout(deadline);
  }

  private enqueue(key: string): void {
    void this.queue.add(() => this.run(key));
  }

  private async run(key: string): Promise<void> {
    const job = this.jobs.get(key);
    if (job === undefined || this.handler === undefined) return;
    const verdict = await this.handler(job, this.stopping.signal).catch((error: unknown) =>
      this.afterThrow(job, error),
    );
    if (verdict.kind === 'done') this.jobs.delete(key);
    else this.comeAgain(job, verdict);
  }

  private afterThrow(job: LookupJob, error: unknown): JobVerdict {
    if (!this.stopping.signal.aborted) this.logger.error({ msg: 'lookup job failed', err: error });
    return { kind: 'again', delayMs: DELAY_AFTER_THROW_MS, attempts: job.attempts };
  }

  private comeAgain(job: LookupJob, { delayMs, attempts }: { delayMs: number; attempts: number }): void {
    if (this.stopped) return;
    this.jobs.set(job.key, { ...job, attempts });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.enqueue(job.key);
    }, delayMs);
    this.timers.add(timer);
  }
}
