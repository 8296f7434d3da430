import { join } from 'node:path';
import { runToEnd } from './run-to-end.js';

const SCRIPT = join(import.meta.dirname, 'open-loop-process.mjs');
/** For connecting, and for what is in flight at the end. */
const LONGEST_BEGIN_AND_END_MS = 30_000;

/** Where to, what, how much of it and for how long. */
export interface OpenLoop {
  readonly url: string;
  readonly path: string;
  readonly requestFile: string;
  readonly perSecond: number;
  /** Requests in flight at most. Those due beyond wait, and their wait counts. */
  readonly connections: number;
  readonly seconds: number;
}

export interface Latencies {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly mostMs: number;
}

export interface OpenLoopOutcome {
  readonly due: number;
  readonly sent: number;
  /** Due, and never sent: too many waited before them, or they still waited when the time was over. */
  readonly givenUp: number;
  /** Sent, and not answered 10 s after the end. */
  readonly noAnswer: number;
  readonly elapsedMs: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** By their codes, of requests in flight. */
  readonly socketErrors: Readonly<Record<string, number>>;
  /** From when they were due to the answer 202, and to any other answer. */
  readonly accepted: Latencies;
  readonly others: Latencies | null;
}

/** Submits at a constant rate; latencies are free of coordinated omission. */
export function runOpenLoop(loop: OpenLoop): Promise<OpenLoopOutcome> {
  const { hostname, port } = new URL(loop.url);
  const { path, requestFile, perSecond, connections, seconds } = loop;
  const args = [SCRIPT, hostname, port, path, requestFile, ...[perSecond, connections, seconds].map(String)];
  return runToEnd('the open loop', process.execPath, args, seconds * 1_000 + LONGEST_BEGIN_AND_END_MS);
}
