import type { Job, Queue } from 'bull';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { LookupJob } from '../lookup/lookup-queue.js';

/** What a queue asked Bull for, in order. */
export interface FakeBull {
  readonly queue: Queue<LookupJob>;
  readonly asked: string[];
  readonly added: { data: unknown; opts: Record<string, unknown> }[];
  /** Runs a job as Bull would; resolves when Bull would take it for completed, rejects when for failed. */
  run(job: LookupJob): Promise<void>;
}

/** Bull without Redis: notes what it is asked, and runs jobs when the test says so. */
export function fakeBull(): FakeBull {
  const asked: string[] = [];
  const added: FakeBull['added'] = [];
  let process: ((job: Job<LookupJob>) => Promise<void>) | undefined;
  const queue = strictDouble<Queue<LookupJob>>('Queue', {
    addBulk: (async (jobs: FakeBull['added']) => {
      added.push(...jobs);
      return [];
    }) as never,
    process: (async (_concurrency: number, handler: typeof process) => {
      process = handler;
    }) as never,
    pause: async (isLocal, doNotWaitActive) => void asked.push(`pause local=${isLocal} noWait=${doNotWaitActive}`),
    resume: async (isLocal) => void asked.push(`resume local=${isLocal}`),
    getJobCounts: async () => ({ waiting: 3, delayed: 2, active: 1, completed: 90, failed: 90 }),
  });
  const run = async (data: LookupJob) => {
    if (process === undefined) throw new Error('nobody takes jobs');
    const update = async (changed: LookupJob) => void asked.push(`update attempts=${changed.attempts}`);
    await process(strictDouble<Job<LookupJob>>('Job', { data, update: update }));
  };
  return { queue, asked, added, run };
}
