import type { Job } from 'bull';
import type { PlacedJob } from '../redis-backlog.js';

/** A lookup that waits in the backlog, as far as Bull Board looks at a job that it only shows. */
export function waitingJob(placed: PlacedJob): Job {
  const { key, attempts, requestedAt } = placed;
  const json = {
    id: key,
    name: key,
    data: placed,
    opts: {},
    progress: 0,
    delay: 0,
    timestamp: Number(requestedAt),
    attemptsMade: attempts,
    failedReason: '',
    stacktrace: [],
    returnvalue: null,
    finishedOn: null,
    processedOn: null,
  };
  const job = { id: key, opts: {}, toJSON: () => json, getState: async () => 'waiting' as const };
  return job as unknown as Job;
}

/** What the page says of a lookup. Bull may have lost what it knew. */
export function shownData({ address, lane, events, attempts, callers, requestedAt, trail }: Partial<PlacedJob>) {
  return {
    address,
    lane,
    events_waiting: events,
    attempts,
    api_keys: callers?.filter((caller) => caller !== ''),
    requested_at: requestedAt === undefined ? undefined : new Date(Number(requestedAt)).toISOString(),
    ...(trail === undefined ? {} : { failures: trail.failures }),
  };
}
