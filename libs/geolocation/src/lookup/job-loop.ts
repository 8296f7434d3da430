import { Logger } from '@nestjs/common';
import { FailureLog, pause, unlessAborted } from '#libs/platform';
import type { CallsAllowed } from '../gate/request-gate.js';
import type { JobRun, ReadyForJobs } from './lookup-queue.js';

/** A job that was taken: does it to its end, and never rejects. */
export type TakenJob = (run: JobRun) => Promise<void>;

/** Waits for a job and takes it; null when none has come for a while. */
export type TakeJob = (signal: AbortSignal, allowed: CallsAllowed) => Promise<TakenJob | null>;

export interface JobLoopOptions {
  /** Jobs under way at most. */
  readonly concurrency: number;
  /** Jobs at most that are taken and have not had their turn at the API. */
  readonly ahead: number;
}

const LONGEST_TAKING_MS = 1_000;
const PAUSE_AFTER_FAILURE_MS = 500;

/**
 * Takes one job after the other, each as late as can be: only when one may be done, and when few wait for their turn. What
 * is not taken yet can still be overtaken by what is worth more, done by another process, and left when the service stops.
 */
export class JobLoop {
  private readonly failures = new FailureLog(new Logger(JobLoop.name), 'taking a lookup job failed; trying on');
  private readonly stopping = new AbortController();
  private readonly runs = new Map<AbortController, { isSent: boolean; ended: Promise<void> }>();
  private roomChanged = () => {};
  private looping: Promise<void> = Promise.resolve();

  constructor(private readonly options: JobLoopOptions) {}

  get active(): number {
    return this.runs.size;
  }

  start(take: TakeJob, ready: ReadyForJobs): void {
    this.looping = this.loop(take, ready);
  }

  /** Aborts the jobs that wait for their turn at once and the others after the grace time; resolves when all have ended. */
  async stop(graceMs: number): Promise<void> {
    const reason = new Error('the service stops');
    this.stopping.abort(reason);
    for (const [aborts, { isSent }] of this.runs) if (!isSent) aborts.abort(reason);
    const deadline = setTimeout(() => {
      for (const aborts of this.runs.keys()) aborts.abort(reason);
    }, graceMs);
    // What is being taken is still done, or given back; from a Redis that is away nothing can be taken.
    const waited = new AbortController();
    await Promise.race([this.looping, pause(LONGEST_TAKING_MS, waited.signal).catch(() => {})]);
    waited.abort();
    await Promise.all([...this.runs.values()].map(({ ended }) => ended));
    clearTimeout(deadline);
  }

  private async loop(take: TakeJob, ready: ReadyForJobs): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.room(signal);
        const allowed = await ready(signal);
        if (allowed === 'probe' && this.unsent > 0) {
          // What is kept for one probe after the other cannot give way to what is worth more by then.
          await this.change(signal);
          continue;
        }
        const job = await take(signal, allowed);
        if (job !== null) this.run(job);
      } catch (error) {
        if (signal.aborted) return;
        this.failures.note(error);
        await pause(PAUSE_AFTER_FAILURE_MS, signal).catch(() => {});
      }
    }
  }

  private async room(signal: AbortSignal): Promise<void> {
    while (this.unsent >= this.options.ahead || this.runs.size >= this.options.concurrency) await this.change(signal);
  }

  /** Resolves when a job has had its turn or has ended. */
  private async change(signal: AbortSignal): Promise<void> {
    await unlessAborted(new Promise<void>((resolve) => (this.roomChanged = resolve)), signal);
  }

  private get unsent(): number {
    return [...this.runs.values()].filter(({ isSent }) => !isSent).length;
  }

  /** Also where the service stops meanwhile: a job that was taken has to be given back by its own end. */
  private run(job: TakenJob): void {
    const aborts = new AbortController();
    if (this.stopping.signal.aborted) aborts.abort(this.stopping.signal.reason);
    const state = { isSent: false, ended: Promise.resolve() };
    const sent = () => {
      state.isSent = true;
      this.roomChanged();
    };
    this.runs.set(aborts, state);
    state.ended = job({ signal: aborts.signal, sent }).finally(() => {
      this.runs.delete(aborts);
      this.roomChanged();
    });
  }
}
