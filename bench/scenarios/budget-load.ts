import { setTimeout as sleep } from 'node:timers/promises';
import type { Installation } from '../parts/installation.js';
import { publicAddresses, submitAll } from '../parts/submit.js';

export const REQUESTS_PER_SECOND = 5;
export const ADDRESSES = 300;
export const SLOW_SHARE = 0.1;
export const SEED = 20_261_123;

const LONGEST_RUN_MS = 300_000;
const SAY_EVERY_MS = 5_000;

/** Submits one event from each of 300 addresses at once, and waits until all are located. `meanwhile` runs beside. */
export async function locateAll(
  installation: Installation,
  say: (line: string) => void,
  meanwhile: (isOver: () => boolean) => Promise<void> = async () => {},
): Promise<void> {
  await submitAll(installation.url, publicAddresses(ADDRESSES));
  let isOver = false;
  const located = untilLocated(installation, say).finally(() => (isOver = true));
  await Promise.all([located, meanwhile(() => isOver)]);
}

async function untilLocated(installation: Installation, say: (line: string) => void): Promise<void> {
  const startedAtMs = performance.now();
  for (let saidAtMs = startedAtMs; ; await sleep(200)) {
    const { located = 0 } = await installation.counts();
    if (located === ADDRESSES) return;
    const nowMs = performance.now();
    if (nowMs - startedAtMs > LONGEST_RUN_MS) throw new Error(`only ${located} events are located after 300 s`);
    if (nowMs - saidAtMs < SAY_EVERY_MS) continue;
    saidAtMs = nowMs;
    say(`${located} of ${ADDRESSES} located after ${Math.round((nowMs - startedAtMs) / 1000)} s`);
  }
}

/** What to call an installation. */
export function nameOf(workers: number): string {
  if (workers === 0) return 'in process';
  return `Redis, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
}
