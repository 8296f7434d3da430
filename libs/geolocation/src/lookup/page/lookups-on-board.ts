import { BullAdapter } from '@bull-board/api/bullAdapter';
import type { Job, Queue } from 'bull';
import { isLookupKey } from '../../domain/lookup-key.js';
import type { PlacedJob, RedisBacklog } from '../redis-backlog.js';
import { shownData, waitingJob } from './board-jobs.js';

/** What is in Redis. Jobs that are done, or given up, are removed, and nothing pauses the queue. */
const STATUSES = ['active', 'waiting', 'delayed'] as const;
type ShownStatus = (typeof STATUSES)[number];

/** Jobs on one page of the board, whatever it asks for. */
const MOST_ON_A_PAGE = 1_000;
/** Further than any backlog reaches. */
const FARTHEST_JOB = 1_000_000_000;

const DESCRIPTION =
  'Addresses (of IPv6: /64 networks) whose lookup waits, the next one first; under way (active); or comes again later ' +
  '(delayed). What has ended is removed. Nothing can be changed here.';

interface Range {
  readonly start: number;
  /** Included. */
  readonly end: number;
}

/**
 * The lookup queue as Bull Board shows it. Most lookups wait in the backlog, where Bull does not know of them: here they
 * are waiting jobs like those that Bull has, and come after them. Only for reading.
 */
export class LookupsOnBoard extends BullAdapter {
  constructor(
    bull: Queue<PlacedJob>,
    private readonly backlog: RedisBacklog,
  ) {
    super(bull, { readOnlyMode: true, description: DESCRIPTION });
    this.setFormatter('name', ({ id }: Pick<Job, 'id'>) => String(id));
    this.setFormatter('data', shownData);
  }

  override getStatuses(): ('latest' | ShownStatus)[] {
    return ['latest', ...STATUSES];
  }

  override getJobStatuses(): ShownStatus[] {
    return [...STATUSES];
  }

  override async getJobCounts(): Promise<Awaited<ReturnType<BullAdapter['getJobCounts']>>> {
    const [counts, size] = await Promise.all([super.getJobCounts(), this.backlog.size()]);
    return { ...counts, waiting: (counts.waiting ?? 0) + size };
  }

  override async getJobs(statuses: readonly string[], start = 0, end = MOST_ON_A_PAGE - 1): Promise<Job[]> {
    if (start > FARTHEST_JOB) return [];
    const range = { start, end: Math.min(end, start + MOST_ON_A_PAGE - 1) };
    const asked = STATUSES.filter((status) => statuses.includes(status));
    const pages = asked.map((status) => (status === 'waiting' ? this.waiting(range) : this.inBull(status, range)));
    return (await Promise.all(pages)).flat();
  }

  /** Bull keeps other things under names like those of its jobs. */
  override async getJob(id: string): Promise<Job | null | undefined> {
    if (!isLookupKey(id)) return null;
    const waiting = await this.backlog.find(id);
    return waiting === null ? super.getJob(id) : waitingJob(waiting);
  }

  /** None are written. */
  override async getJobLogs(): Promise<string[]> {
    return [];
  }

  private async waiting({ start, end }: Range): Promise<Job[]> {
    const [inBull, bulls] = await Promise.all([this.inBull('waiting', { start, end }), this.queue.getWaitingCount()]);
    const from = Math.max(0, start - bulls);
    const jobs = await this.backlog.page(from, Math.max(0, end - bulls - from + 1));
    return [...inBull, ...jobs.map(waitingJob)];
  }

  private async inBull(status: ShownStatus, { start, end }: Range): Promise<Job[]> {
    const jobs: (Job | null)[] = await this.queue.getJobs([status], start, end, true);
    return jobs.filter((job) => job !== null);
  }
}
