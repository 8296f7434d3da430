import { beginSpan, during } from '#libs/platform';
import { MOST_TRACES_OF_A_KEY } from './lookup-order.js';
import type { JobVerdict, LookupJob } from './lookup-queue.js';

/** See LookupJob. */
type Traces = readonly string[] | undefined;

/** A lookup's traces with further ones, up to a few; the first stays the first. */
export function withTraces(known: Traces, more: Traces): Traces {
  if (known === undefined || more === undefined) return known ?? more;
  return [...new Set([...known, ...more])].slice(0, MOST_TRACES_OF_A_KEY);
}

/**
 * Does a lookup's job as a part of the trace that asked for it first, with links to the others. One that no trace has asked for
 * begins one of its own.
 */
export function traced(job: LookupJob, process: () => Promise<JobVerdict>): Promise<JobVerdict> {
  const [within, ...linkedTo] = job.traces ?? [];
  const attributes = { 'whence.lookup.lane': job.lane, 'whence.lookup.attempts': job.attempts };
  const span = beginSpan('lookup', { kind: 'consumer', within, linkedTo, attributes });
  return during(span, async () => {
    const verdict = await process();
    span?.setAttribute('whence.lookup.verdict', verdict.kind);
    return verdict;
  });
}
