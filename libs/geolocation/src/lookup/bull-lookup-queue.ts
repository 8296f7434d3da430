import { Logger } from '@nestjs/common';
import type { Job, JobOptions, Queue, QueueOptions } from 'bull';
import { pause } from '#libs/platform';
import {
  DELAY_AFTER_THROW_MS,
  type JobVerdict,
  type LookupHandler,
  type LookupJob,
  LookupQueue,
  type LookupRequest,
  type QueueCounts,
} from './lookup-queue.js';
import type { RedisConnections } from './redis-connections.js';

/** Bull's name of the queue. */
export const LOOKUP_QUEUE_NAME = 'lookups';

/** How long a killed worker's jobs stay its own. Locks are renewed at half of it. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
const LONGEST_PAUSING_MS = 1_000;

/**
 * Bull counts attempts of its own kind, so it gets as many as it can count: when a lookup is given up is the
 * processor's decision. `removeOnFail` matters as much as `removeOnComplete`: while a job's key exists, Bull ignores
 * further jobs of that id without a word.
 */
const JOB_OPTIONS: JobOptions = {
  attempts: Number.MAX_SAFE_INTEGER,
  backoff: { type: 'asTheVerdictSays' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
};

/** How Bull is told that a job goes back: there is no other way than to fail it, with the delay as its backoff. */
class ComesAgainError extends Error {
  constructor(readonly delayMs: number) {
    super(`comes again in ${delayMs} ms`);
  }
}

/**
 * Bull's settings for the lookup queue. The limiter is only the coarse gate that keeps a worker from hoarding jobs: it
 * counts job starts in a fixed window, so it neither keeps the budget nor uses it. The exact permits are RequestBudget's.
 * `bounceBack` stays off: it loses jobs.
 */
export function bullQueueOptions(requestsPerSecond: number): QueueOptions {
  return {
    prefix: 'whence',
    limiter: { max: requestsPerSecond * 2, duration: 1_000 },
    settings: {
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      backoffStrategies: {
        asTheVerdictSays: (_attempts: number, error: Error) =>
          error instanceof ComesAgainError ? error.delayMs : DELAY_AFTER_THROW_MS,
      },
    },
  };
}

/** The queue of any number of processes, on Redis. */
export class BullLookupQueue extends LookupQueue {
  private readonly logger = new Logger(BullLookupQueue.name);
  private readonly stopping = new AbortController();
  private readonly active = new Set<Promise<unknown>>();
  private working = false;
  private stopped = false;
  private gate: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  constructor(
    private readonly queue: Queue<LookupJob>,
    private readonly connections: RedisConnections,
    private readonly concurrency: number,
  ) {
    super();
  }

  override async request(requests: readonly LookupRequest[]): Promise<void> {
    // Commands to a Redis that is away would pile up in memory; the reconciler asks again when it is back.
    if (!this.connections.isReady || requests.length === 0) return;
    await this.queue.addBulk(
      requests.map(({ key, address }) => ({
        data: { key, address, attempts: 0 },
        opts: { ...JOB_OPTIONS, jobId: key },
      })),
    );
  }

  override work(handler: LookupHandler): void {
    this.working = true;
    void this.queue
      .process(this.concurrency, (job) => this.track(this.run(job, handler)))
      .catch((error: unknown) => this.logger.error({ msg: 'the lookup worker stopped', err: error }));
  }

  /** Jobs that Bull brings wait at the gate. Bull's own pause takes effect late, and hangs while Redis is away. */
  override pause(): void {
    this.gate ??= closedGate();
  }

  override resume(): void {
    if (this.stopped) return;
    this.gate?.open();
    this.gate = null;
  }

  override async counts(): Promise<QueueCounts> {
    if (!this.connections.isReady) return { waiting: 0, active: 0 };
    const { waiting, delayed, active } = await this.queue.getJobCounts();
    return { waiting: waiting + delayed, active };
  }

  override async stop(graceMs: number): Promise<void> {
    const deadline = setTimeout(() => this.stopping.abort(new Error('the service stops')), graceMs);
    this.stopped = true;
    this.pause();
    if (this.working) await this.bringNoMore();
    // Jobs at the gate go back to Bull now, which brings them no more.
    this.gate?.open();
    await Promise.allSettled(this.active);
    clearTimeout(deadline);
  }

  /** Resolves when Bull has stopped taking jobs; while Redis is away it cannot, and takes none either. */
  private async bringNoMore(): Promise<void> {
    const waited = new AbortController();
    const paused = this.queue.pause(true, true).catch(() => {});
    await Promise.race([paused, pause(LONGEST_PAUSING_MS, waited.signal).catch(() => {})]);
    waited.abort();
  }

  private track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => this.active.delete(tracked));
    this.active.add(tracked);
    return tracked;
  }

  private async run(job: Job<LookupJob>, handler: LookupHandler): Promise<void> {
    if ((job.data as Partial<LookupJob>).key === undefined) await this.dropLostJob(job);
    await this.gate?.opened;
    if (this.stopped) throw new ComesAgainError(0);
    const verdict = await handler(job.data, this.stopping.signal).catch((error: unknown) =>
      this.afterThrow(job.data, error),
    );
    if (verdict.kind === 'done') return;
    if (verdict.attempts !== job.data.attempts) await job.update({ ...job.data, attempts: verdict.attempts });
    throw new ComesAgainError(verdict.delayMs);
  }

  /**
   * Redis may evict a job and keep its id in the list. Bull then brings a job without data, and would keep it as failed
   * for ever, ignoring every further request for its key. Failed and removed, it can be asked for again.
   */
  private async dropLostJob(job: Job<LookupJob>): Promise<never> {
    job.opts.removeOnFail = true;
    await job.discard();
    throw new Error('the job was lost in Redis: see its maxmemory-policy, which has to be noeviction');
  }

  private afterThrow(job: LookupJob, error: unknown): JobVerdict {
    if (!this.stopping.signal.aborted) this.logger.error({ msg: 'lookup job failed', err: error });
    return { kind: 'again', delayMs: DELAY_AFTER_THROW_MS, attempts: job.attempts };
  }
}

function closedGate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
