import { setTimeout as pause } from 'node:timers/promises';
import { LoadedService } from '../parts/loaded-service.js';
import { MemoryWatch } from '../parts/memory-watch.js';
import { runOpenLoop } from '../parts/open-loop.js';
import { writeRequestFile } from '../parts/request-file.js';
import { residentMb } from '../parts/resident-memory.js';
import { StreamClients, type StreamClientsOptions, type StreamsTold } from '../parts/stream-clients.js';
import { publicAddresses } from '../parts/submit.js';
import { atMost, exactly, type Result, type Scenario, told } from '../report.js';
import { DATABASES, eventOf, NAME_OF, SEED, SUBMIT } from './submit-load.js';

const EVENTS_PER_SECOND = 200;
const SECONDS = 30;
const CONNECTIONS = 32;
/** So few that all are located while the streams are open. */
const ADDRESSES = 20;
const REQUESTS = 2_000;
/** For the last lookups, and for the messages that are under way. */
const SETTLING_MS = 15_000;

const MANY: StreamClientsOptions = { reading: 1_000, timed: 20, stalled: 0 };
const STALLED: StreamClientsOptions = { reading: 1, timed: 1, stalled: 100 };
/** What may wait for each client in the service, and what the load itself takes. */
const MOST_GROWTH_MB = STALLED.stalled * 1 + 100;
const LARGE_TEXT = 'x'.repeat(3_500);

interface Streamed {
  readonly accepted: number;
  /** Also those whose 202 came too late to be counted. */
  readonly stored: number;
  /** Of the stored, those that got their location later; the others had it when they were stored. */
  readonly outcomes: number;
  readonly told: StreamsTold;
  readonly growthMb: number;
}

/** What very many clients of the stream are told, how late, and what clients cost that take nothing. */
export const streams: Scenario = async (say, { seconds = SECONDS }) => {
  const results: Result[] = [];
  for (const database of DATABASES) {
    const stream = (clients: StreamClientsOptions, text: string) =>
      LoadedService.during({ database, seed: SEED, slowShare: 0 }, (service) =>
        streamFrom(service, clients, text, seconds),
      );
    say(`${NAME_OF[database]}: ${MANY.reading} clients that read`);
    const many = await stream(MANY, '');
    say(`${NAME_OF[database]}: ${STALLED.stalled} clients that take nothing`);
    results.push({
      run: NAME_OF[database],
      figures: [...manyFigures(many, seconds), ...stalledFigures(await stream(STALLED, LARGE_TEXT))],
    });
  }
  return results;
};

async function streamFrom(
  { url, installation }: LoadedService,
  options: StreamClientsOptions,
  text: string,
  seconds: number,
): Promise<Streamed> {
  const addresses = publicAddresses(ADDRESSES);
  const submissions = Array.from({ length: REQUESTS }, (_, index) => ({
    address: addresses[index % ADDRESSES] ?? '',
    body: JSON.stringify({ ...eventOf(index), attributes: { text } }),
  }));
  const requestFile = await writeRequestFile(submissions);
  const clients = await StreamClients.open(url, options);
  const startMb = await residentMb(installation.pid);
  const memory = new MemoryWatch(installation.pid);
  const loop = { url, path: SUBMIT, requestFile, perSecond: EVENTS_PER_SECOND, connections: CONNECTIONS, seconds };
  const { statuses } = await runOpenLoop(loop);
  await pause(SETTLING_MS);
  memory.stop();
  const growthMb = Math.max(...memory.samplesMb) - startMb;
  const [stored, outcomes] = [await installation.events(), await installation.outcomes()];
  return { accepted: statuses['202'] ?? 0, stored, outcomes, told: await clients.told(), growthMb };
}

function manyFigures({ accepted, stored, outcomes, told: streamed, growthMb }: Streamed, seconds: number) {
  return [
    exactly('events accepted', accepted, EVENTS_PER_SECOND * seconds),
    exactly('accepted, told to each of 1,000, least', streamed.accepted[0], stored),
    exactly('accepted, told to each of 1,000, most', streamed.accepted[1], stored),
    exactly('located, told to each of 1,000, least', streamed.outcomes[0], outcomes),
    exactly('located, told to each of 1,000, most', streamed.outcomes[1], outcomes),
    told('delay, p50, ms', streamed.p50Ms ?? NaN),
    told('delay, p99, ms', streamed.p99Ms ?? NaN),
    told('delay, the longest, ms', streamed.mostMs ?? NaN),
    exactly('streams cut off', streamed.closed, 0),
    told('growth of memory, MB', growthMb),
  ];
}

function stalledFigures({ stored, outcomes, told: streamed, growthMb }: Streamed) {
  return [
    exactly('accepted, told to the one that reads', streamed.accepted[0], stored),
    exactly('located, told to the one that reads', streamed.outcomes[0], outcomes),
    exactly('of 100 that take nothing, cut off', streamed.closed, STALLED.stalled),
    atMost('growth of memory with them, MB', growthMb, MOST_GROWTH_MB),
  ];
}
