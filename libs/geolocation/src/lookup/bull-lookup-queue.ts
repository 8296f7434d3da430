import { Logger } from '@nestjs/common';
import type { Job, JobOptions, Queue, QueueOptions } from 'bull';
import { FailureLog, pause, type RedisConnections } from '#libs/platform';
import type { CallsAllowed } from '../gate/request-gate.js';
import { JobLoop, type TakenJob } from './job-loop.js';
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
import type { LookupQueueOptions } from './lookup-queue-options.js';
import { bullNames, type PlacedJob, RedisBacklog, waitingInBull } from './redis-backlog.js';

/** Bull's name of the queue. */
export const LOOKUP_QUEUE_NAME = 'lookups';

/** How long a killed worker's jobs stay its own. Locks are renewed at half of it. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
const LONGEST_PAUSING_MS = 1_000;
const LONGEST_ENDING_MS = 1_000;

/** Requests that are on their way to Redis at most: it takes a thousand at once only when it hangs. */
const MOST_ADDING = 1_000;

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

/** What Bull's own loop calls for each job, and its declarations leave out: renews the lock, calls the handler, ends the job. */
interface BullInside {
  processJob(job: Job<PlacedJob>, notFetch: boolean): Promise<Job<PlacedJob> | null | undefined>;
}

/**
 * Bull's settings for the lookup queue. The limiter is only the coarse gate: it counts job starts in a fixed window, so it
 * neither keeps the budget nor uses it. The exact permits are RequestGate's. `bounceBack` stays off: it loses jobs.
 */
export function bullQueueOptions(requestsPerSecond: number): QueueOptions {
  return {
    prefix: 'whence',
    limiter: { max: requestsPerSecond * 2, duration: 1_000 },
    settings: {
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // A worker that waits for a job looks this often, in seconds, whether there is time for a refresh.
      drainDelay: 1,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      backoffStrategies: {
        asTheVerdictSays: (_attempts: number, error: Error) =>
          error instanceof ComesAgainError ? error.delayMs : DELAY_AFTER_THROW_MS,
      },
    },
  };
}

/**
 * The queue of any number of processes, on Redis. Keys wait in the backlog, which knows their order; Bull gets the best of
 * them when their turn is near, and sees to it that each is done by one process, again if that one dies.
 */
export class BullLookupQueue extends LookupQueue {
  private readonly logger = new Logger(BullLookupQueue.name);
  private readonly failures = new FailureLog(this.logger, 'lookup job failed');
  private readonly backlog: RedisBacklog;
  private readonly loop: JobLoop;
  private readonly yielding = new WeakMap<Job<PlacedJob>, PlacedJob>();
  private readonly runs = new WeakMap<Job<PlacedJob>, { readonly run: JobRun; readonly handled: () => void }>();
  private readonly waitingInBull: number;
  private working = false;
  private adding = 0;

  constructor(
    private readonly queue: Queue<PlacedJob>,
    private readonly connections: RedisConnections,
    options: LookupQueueOptions,
  ) {
    super();
    this.backlog = new RedisBacklog(connections.commands, bullNames(queue), options);
    this.loop = new JobLoop(options);
    this.waitingInBull = waitingInBull(options);
  }

  override request(requests: readonly LookupRequest[]): Promise<void> {
    return this.add(requests, 'request');
  }

  override restore(requests: readonly LookupRequest[]): Promise<void> {
    return this.add(requests, 'restore');
  }

  override work(handler: LookupHandler, ready: ReadyForJobs): void {
    this.working = true;
    // No loop of Bull's own (concurrency 0): it takes jobs as soon as it can, and these are to be taken as late as can be.
    void this.queue
      .process(0, (job) => this.run(job, handler))
      .catch((error: unknown) => new FailureLog(this.logger, 'looking for lost jobs failed').note(error));
    this.loop.start((_signal, allowed) => this.take(allowed), ready);
  }

  override async counts(): Promise<QueueCounts> {
    if (!this.isUsable) return { waiting: 0, active: 0 };
    const [size, { waiting, delayed, active }] = await Promise.all([this.backlog.size(), this.queue.getJobCounts()]);
    return { waiting: size + waiting + delayed, active };
  }

  override async places(keys: readonly string[]): Promise<Map<string, QueuePlace>> {
    return this.isUsable ? this.backlog.places(keys) : new Map();
  }

  override async *queuedKeys(): AsyncIterable<readonly string[]> {
    if (!this.isUsable) return;
    yield* this.backlog.pages();
    yield await this.waitingJobIds();
  }

  override async drop(keys: readonly string[]): Promise<void> {
    if (!this.isUsable || keys.length === 0) return;
    await this.backlog.drop(keys);
    const inBull = new Set(await this.waitingJobIds());
    for (const key of keys) if (inBull.has(key)) await this.removeJob(key);
  }

  override async stop(graceMs: number): Promise<void> {
    const stopped = this.loop.stop(graceMs);
    if (this.working) await this.bringNoMore();
    await stopped;
  }

  private get isUsable(): boolean {
    return this.connections.fault === null;
  }

  private async add(requests: readonly LookupRequest[], mode: 'request' | 'restore'): Promise<void> {
    // Commands to a Redis that is away or hangs would pile up in memory; the reconciler asks again when it is back.
    if (!this.isUsable || requests.length === 0 || this.adding >= MOST_ADDING) return;
    this.adding++;
    try {
      await this.backlog.add(requests, mode);
      // Whether all calls are allowed is not known here; where they are, none yields any more, and the order is the same.
      await this.feedBull(this.waitingInBull, 'probe');
    } finally {
      this.adding--;
    }
  }

  private async waitingJobIds(): Promise<string[]> {
    const [waiting, delayed] = await Promise.all([
      this.connections.commands.lrange(this.queue.toKey('wait'), 0, -1),
      this.connections.commands.zrange(this.queue.toKey('delayed'), 0, -1),
    ]);
    return [...waiting, ...delayed];
  }

  /** Bull refuses it for a job that was taken meanwhile: that one's lookup is under way. */
  private async removeJob(key: string): Promise<void> {
    const job = await this.queue.getJob(key);
    await job?.remove().catch(() => {});
  }

  /** What gets lost in between, with this process, the reconciler asks for again. */
  private async feedBull(most: number, allowed: CallsAllowed): Promise<void> {
    const jobs = await this.backlog.take(most, allowed);
    if (jobs.length === 0) return;
    await this.queue.addBulk(jobs.map((data) => ({ data, opts: { ...JOB_OPTIONS, jobId: data.key } })));
    await this.backlog.arrived(jobs.map(({ key }) => key));
  }

  /** Ends the wait for a job that Redis is asked for; while Redis is away it cannot be asked for one either. */
  private async bringNoMore(): Promise<void> {
    const waited = new AbortController();
    const paused = this.queue.pause(true, true).catch(() => {});
    await Promise.race([paused, pause(LONGEST_PAUSING_MS, waited.signal).catch(() => {})]);
    waited.abort();
  }

  /** Waits for a job for a few seconds (Bull's drainDelay) where there is none. */
  private async take(allowed: CallsAllowed): Promise<TakenJob | null> {
    await this.feedBull(allowed === 'probe' ? 1 : this.waitingInBull, allowed);
    const job = await this.queue.getNextJob();
    if (job === null || job === undefined) {
      // Where Bull says so at once, over and over, nothing else in this process would ever have its turn.
      await new Promise((resolve) => setImmediate(resolve));
      return null;
    }
    // Where that fails, its caller has a turn too many, and the job is done all the same.
    if (job.data.wasDelayed === true) await this.backlog.charge(job.data).catch(() => {});
    // It has failed, and has come from Bull's delayed ones: in the backlog others may go before it for a probe.
    if (allowed === 'probe' && job.data.trail !== undefined && job.data.mayProbe !== true)
      this.yielding.set(job, job.data);
    return (run) => this.process(job, run);
  }

  /**
   * Resolves when Bull has ended the job, or soon after the handler where Redis has gone away: it then ends when Redis is
   * back, and comes back by itself should this process be gone by then.
   */
  private async process(job: Job<PlacedJob>, run: JobRun): Promise<void> {
    const waited = new AbortController();
    const handled = new Promise<void>((resolve) => this.runs.set(job, { run, handled: resolve }));
    const ended = (this.queue as unknown as BullInside)
      .processJob(job, true)
      .then(() => this.putBack(job))
      .catch((error: unknown) => {
        this.logger.warn({ msg: 'ending a lookup job failed; it comes again', err: withoutKey(error, job.data.key) });
      });
    const endsLater = handled.then(() => pause(LONGEST_ENDING_MS, waited.signal)).catch(() => {});
    await Promise.race([ended, endsLater]);
    waited.abort();
  }

  /** Bull has removed it by now, and the backlog takes it. With a process that dies in between it goes back to SQL alone. */
  private async putBack(job: Job<PlacedJob>): Promise<void> {
    const yielding = this.yielding.get(job);
    if (yielding !== undefined) await this.backlog.yield(yielding);
  }

  private async run(job: Job<PlacedJob>, handler: LookupHandler): Promise<void> {
    const started = this.runs.get(job);
    try {
      if (started === undefined || (job.data as Partial<LookupJob>).key === undefined) await this.dropLostJob(job);
      else await this.handle(job, handler, started.run);
    } finally {
      started?.handled();
    }
  }

  private async handle(job: Job<PlacedJob>, handler: LookupHandler, run: JobRun): Promise<void> {
    if (run.signal.aborted) throw new ComesAgainError(0);
    if (this.yielding.has(job)) return;
    const verdict = await handler(job.data, run).catch((error: unknown) => this.afterThrow(job.data, run, error));
    if (verdict.kind === 'done') return;
    const { attempts, trail = job.data.trail } = verdict;
    const data: PlacedJob = { ...job.data, attempts, trail, mayProbe: false };
    if (verdict.kind === 'yield') return void this.yielding.set(job, data);
    await job.update({ ...data, wasDelayed: true });
    throw new ComesAgainError(verdict.delayMs);
  }

  /**
   * Redis may evict a job and keep its id in the list. Bull then brings a job without data, and would keep it as failed
   * for ever, ignoring every further request for its key. Failed and removed, it can be asked for again.
   */
  private async dropLostJob(job: Job<PlacedJob>): Promise<never> {
    job.opts.removeOnFail = true;
    await job.discard();
    throw new Error('the job was lost in Redis: see its maxmemory-policy, which has to be noeviction');
  }

  private afterThrow(job: LookupJob, { signal }: JobRun, error: unknown): JobVerdict {
    if (signal.aborted) return { kind: 'again', delayMs: 0, attempts: job.attempts };
    this.failures.note(error);
    return { kind: 'again', delayMs: DELAY_AFTER_THROW_MS, attempts: job.attempts };
  }
}

/** The error for the log, which names no address: Bull names the job, and that is an address. */
function withoutKey(error: unknown, key: string): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  return Object.assign(new Error(message.replaceAll(key, 'of an address')), { name, stack: undefined });
}
