import { Logger } from '@nestjs/common';
import { type Clock, FailureLog, pause, unlessAborted } from '#libs/platform';
import type { CallsAllowed } from '../gate/request-gate.js';
import { Backlog } from './backlog.js';
import { JobLoop, type TakenJob } from './job-loop.js';
import type { LookupQueueOptions } from './lookup-queue-options.js';
import {
  DELAY_AFTER_THROW_MS,
  type JobRun,
  type JobVerdict,
  type LookupHandler,
  type LookupJob,
  LookupQueue,
  type LookupRequest,
  type QueueCounts,
  type QueuePlace,
  type ReadyForJobs,
} from './lookup-queue.js';

/** Keys that a single caller may have in memory; see hasRoomFor. What comes beyond stays in SQL, where the reconciler finds it when there is room. */
const LARGEST_BACKLOG = 50_000;

/** The queue of a service that is one process. Empty at start: the reconciler fills it from SQL. */
export class InProcessLookupQueue extends LookupQueue {
  private readonly failures = new FailureLog(new Logger(InProcessLookupQueue.name), 'lookup job failed');
  private readonly backlog: Backlog;
  private readonly loop: JobLoop;
  private readonly active = new Set<string>();
  private readonly delayed = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAtMs: number }>();
  private readonly refreshIntervalMs: number;
  private stopped = false;
  private arrived = () => {};

  constructor(
    private readonly clock: Clock,
    options: LookupQueueOptions,
  ) {
    super();
    this.backlog = new Backlog(clock, { ...options, largest: LARGEST_BACKLOG });
    this.loop = new JobLoop(options);
    this.refreshIntervalMs = options.refreshIntervalMs;
  }

  override async request(requests: readonly LookupRequest[]): Promise<void> {
    for (const request of requests) if (this.isFree(request.key)) this.backlog.request(request);
    this.arrived();
  }

  override async restore(requests: readonly LookupRequest[]): Promise<void> {
    for (const request of requests) if (this.isFree(request.key)) this.backlog.restore(request);
    this.arrived();
  }

  override work(handler: LookupHandler, ready: ReadyForJobs): void {
    this.loop.start((signal, allowed) => this.take(handler, signal, allowed), ready);
  }

  override async counts(): Promise<QueueCounts> {
    return { waiting: this.backlog.size + this.delayed.size, active: this.active.size };
  }

  override async places(keys: readonly string[]): Promise<Map<string, QueuePlace>> {
    const nowMs = this.clock.monotonicMs();
    const before = this.backlog.ahead(keys);
    return new Map(
      keys.map((key) => {
        const delayMs = Math.max(0, (this.delayed.get(key)?.dueAtMs ?? 0) - nowMs);
        return [key, { ahead: this.isFree(key) ? (before.get(key) ?? 0) : 0, delayMs }];
      }),
    );
  }

  override async *queuedKeys(): AsyncIterable<readonly string[]> {
    yield [...this.backlog.keys, ...this.delayed.keys()];
  }

  override async drop(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.backlog.drop(key);
      const delayed = this.delayed.get(key);
      if (delayed === undefined) continue;
      clearTimeout(delayed.timer);
      this.delayed.delete(key);
      this.backlog.forget(key);
    }
  }

  override async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.delayed.values()) clearTimeout(timer);
    await this.loop.stop(graceMs);
  }

  private isFree(key: string): boolean {
    return !this.stopped && !this.active.has(key) && !this.delayed.has(key);
  }

  private async take(handler: LookupHandler, signal: AbortSignal, allowed: CallsAllowed): Promise<TakenJob | null> {
    const job = this.backlog.takeBest(allowed);
    if (job === undefined) {
      await this.untilThereMayBeOne(signal);
      // What is needed to do a job may have changed meanwhile.
      return null;
    }
    this.active.add(job.key);
    return (run) => this.run(job, handler, run);
  }

  private async untilThereMayBeOne(signal: AbortSignal): Promise<void> {
    const waited = new AbortController();
    const arrival = new Promise<void>((resolve) => (this.arrived = resolve));
    const refresh = this.backlog.size === 0 ? [] : [pause(this.refreshIntervalMs, waited.signal).catch(() => {})];
    await unlessAborted(Promise.race([arrival, ...refresh]), signal).finally(() => waited.abort());
  }

  private async run(job: LookupJob, handler: LookupHandler, run: JobRun): Promise<void> {
    if (this.stopped) return;
    const verdict = await handler(job, run).catch((error: unknown) => this.afterThrow(job, run, error));
    this.active.delete(job.key);
    if (verdict.kind === 'done') return this.backlog.forget(job.key);
    const { attempts, trail = job.trail } = verdict;
    this.comeAgain({ ...job, attempts, trail }, verdict.kind === 'yield' ? 0 : verdict.delayMs);
  }

  private afterThrow(job: LookupJob, { signal }: JobRun, error: unknown): JobVerdict {
    if (!signal.aborted) this.failures.note(error);
    return { kind: 'again', delayMs: DELAY_AFTER_THROW_MS, attempts: job.attempts };
  }

  private comeAgain(job: LookupJob, delayMs: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.delayed.delete(job.key);
      this.backlog.putBack(job);
      this.arrived();
    }, delayMs);
    this.delayed.set(job.key, { timer, dueAtMs: this.clock.monotonicMs() + delayMs });
  }
}
