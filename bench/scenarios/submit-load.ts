import { seededRandom, zipfDraws } from '../measure/zipf.js';
import { cpuMs } from '../parts/cpu-time.js';
import type { DatabaseKind } from '../parts/installation.js';
import { type Submission, writeRequestFile } from '../parts/request-file.js';
import { publicAddresses } from '../parts/submit.js';
import { runClosedLoop } from '../parts/wrk.js';

export const SEED = 20_261_124;
export const SUBMIT = '/event/submit/';
export const BATCH = '/event/submit/batch/';
export const CONNECTIONS = 64;
/** The generator goes away from what is in flight, in the warm-up and after it. */
export const LEFT_IN_FLIGHT = 2 * CONNECTIONS;
/** The first requests meet code that is not compiled yet. */
export const WARM_UP_SECONDS = 3;
export const ROUNDS = 5;
export const DATABASES: readonly DatabaseKind[] = ['sqlite', 'mariadb'];
export const NAME_OF = { sqlite: 'SQLite', mariadb: 'MariaDB' } as const;

const ADDRESSES = 5_000;
const EXPONENT = 1.1;
const REQUESTS = 20_000;
const NAMES = ['EC2 Instance Offline', 'EC2 Instance Online', 'Disk Almost Full', 'Login Failed', 'Backup Finished'];

/** Addresses as life brings them: few of them often, most of them seldom. */
export function drawAddresses(count: number, different = ADDRESSES): string[] {
  const addresses = publicAddresses(different);
  return zipfDraws(count, different, EXPONENT, seededRandom(SEED)).map((index) => addresses[index]);
}

/** The n-th event that is submitted. */
export function eventOf(index: number): { name: string; status_code: number } {
  return { name: NAMES[index % NAMES.length], status_code: index % 7 };
}

/** Some thousands of requests with one event each, from so many different addresses. */
export function writeSingles(different = ADDRESSES): Promise<string> {
  return writeRequestFile(drawAddresses(REQUESTS, different).map((address, index) => single(address, index)));
}

/** A request with one event from each of so many addresses that come after the first `known`, each address once. */
export function writeNewAddresses(known: number, count: number): Promise<string> {
  const addresses = publicAddresses(known + count).slice(known);
  return writeRequestFile(addresses.map((address, index) => single(address, index)));
}

/** Some hundreds of requests with so many events each. */
export function writeBatches(events: number): Promise<string> {
  const requests = drawAddresses(REQUESTS / 100).map((address, request) => {
    const batch = Array.from({ length: events }, (_, index) => eventOf(request + index));
    return { address, body: JSON.stringify({ events: batch }) };
  });
  return writeRequestFile(requests);
}

/** What a server did when requests came as fast as answers went. */
export interface Saturation {
  /** With those of the warm-up. Up to LEFT_IN_FLIGHT more may be stored. */
  readonly accepted: number;
  readonly perSecond: number;
  /** Processor time of the server for one, in microseconds. */
  readonly cpuUs: number;
}

/** Submits as fast as answers come, after a warm-up. */
export async function saturate(
  { url, pid }: { readonly url: string; readonly pid: number },
  requestFile: string,
  seconds: number,
  key?: string,
): Promise<Saturation> {
  const loop = { url, path: SUBMIT, requestFile, connections: CONNECTIONS, key };
  const warmUp = await runClosedLoop({ ...loop, seconds: WARM_UP_SECONDS });
  const beforeMs = await cpuMs(pid);
  const { perSecond, accepted } = await runClosedLoop({ ...loop, seconds });
  const cpuUs = (((await cpuMs(pid)) - beforeMs) * 1_000) / accepted;
  return { perSecond, accepted: warmUp.accepted + accepted, cpuUs };
}

function single(address: string, index: number): Submission {
  return { address, body: JSON.stringify(eventOf(index)) };
}
