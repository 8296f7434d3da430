import { join } from 'node:path';
import { requiredProgram } from '../../test/support/required-programs.js';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'wrk-requests.lua');
/** For what is in flight at the end. */
const LONGEST_END_MS = 30_000;

/** Where to, what, and for how long. */
export interface ClosedLoop {
  readonly url: string;
  readonly path: string;
  readonly requestFile: string;
  readonly connections: number;
  readonly seconds: number;
  /** The API key that all requests come with; none unless told. */
  readonly key?: string;
}

export interface ClosedLoopCounts {
  /** Answers 202. What is in flight at the end is not among them, and may be stored all the same. */
  readonly accepted: number;
  readonly perSecond: number;
}

type Printed = Record<'seconds' | 'answers' | 'refused' | 'socketErrors' | 'timeouts', number>;

/**
 * Submits with wrk as fast as answers come, each connection one request at a time.
 * @throws Error when anything is refused or fails: a rate with failures in it would say nothing
 */
export async function runClosedLoop(loop: ClosedLoop): Promise<ClosedLoopCounts> {
  const { url, path, requestFile, connections, seconds, key = '' } = loop;
  const load = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`];
  const args = [...load, '--timeout', '10s', '--script', SCRIPT, url, '--', path, requestFile, key];
  const longestMs = seconds * 1_000 + LONGEST_END_MS;
  const { answers, refused, ...printed } = await runToEnd<Printed>('wrk', requiredProgram('wrk'), args, longestMs);
  if (refused + printed.socketErrors + printed.timeouts > 0) {
    throw new Error(`wrk found failures: ${JSON.stringify({ answers, refused, ...printed })}`);
  }
  return { accepted: answers, perSecond: answers / printed.seconds };
}
