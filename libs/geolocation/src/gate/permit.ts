import type { BreakerPass } from './circuit-breaker.js';

/**
 * The right to make one request, which may be written until PERMIT_LAPSES_MS after it was asked for. It counts from when
 * its request has left; until that is reported, it counts as leaving just now.
 */
export interface Permit extends BreakerPass {
  /** Unlike any other permit's, of any process. */
  readonly id: string;
  /** On the process' monotonic clock: before it was given, by as long as the answer took. */
  readonly askedAtMs: number;
}

/**
 * How long a permit is good for. A request that has not begun to be written by then must not be written any more, so that a
 * gate that hears no more of a permit (its process was killed) knows from when on nothing leaves with it. Far more than a
 * request needs, also on a busy machine; and a permit that is lost keeps its place for this long, and a window.
 */
export const PERMIT_LAPSES_MS = 500;
