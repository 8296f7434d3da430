import type { JobRun, JobVerdict, LookupHandler, LookupJob } from '#libs/geolocation';
import type { ReadyForJobs } from '../../libs/geolocation/src/lookup/lookup-queue.js';

/** What a handler does in a test. Its job has had its turn at once: how many are taken ahead is not what most are about. */
export type TestedWork = (job: LookupJob, signal: AbortSignal, run: JobRun) => Promise<JobVerdict>;

/** One call of the handler. */
export interface Handled extends LookupJob {
  readonly atMs: number;
}

/** A lookup handler that keeps a record of what it was given, and does what the test tells it. */
export class RecordingHandler {
  readonly started: Handled[] = [];
  readonly ended: string[] = [];
  readonly underWay: string[] = [];
  mostUnderWay = 0;
  /** Set when a key was handed out while it was being handled already. */
  overlapped = false;

  constructor(
    private readonly work: TestedWork = async () => ({ kind: 'done' }),
    private readonly sendsAtOnce = true,
  ) {}

  readonly handle: LookupHandler = async (job, run) => {
    if (this.sendsAtOnce) run.sent();
    this.started.push({ ...job, atMs: performance.now() });
    if (this.underWay.includes(job.key)) this.overlapped = true;
    this.underWay.push(job.key);
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay.length);
    try {
      return await this.work(job, run.signal, run);
    } finally {
      this.underWay.splice(this.underWay.indexOf(job.key), 1);
      this.ended.push(job.key);
    }
  };

  get keys(): string[] {
    return this.started.map(({ key }) => key);
  }

  /** How long after the one before each handling of the key began. */
  gapsMs(key: string): number[] {
    const times = this.started.filter((job) => job.key === key).map(({ atMs }) => atMs);
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
  }
}

export const DONE: JobVerdict = { kind: 'done' };

/** Jobs may be taken at any time. */
export const READY: ReadyForJobs = async () => 'any';

/** Rejects with the signal's reason once it aborts, as a lookup under way does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
