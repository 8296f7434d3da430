import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseKind, Installation } from '../parts/installation.js';
import { residentMb } from '../parts/resident-memory.js';
import { atMost, type Result, type Scenario } from '../report.js';
import { DATABASES, NAME_OF, ROUNDS } from './submit-load.js';

const SECONDS = 5;
const MOST_RESIDENT_MB = 160;
const LONGEST_START_S = 2;
/** Nothing is submitted, so nobody is asked; that it is set leaves the stand-in out. */
const NOBODY = 'http://127.0.0.1:9/{ip}';

/** What the service takes before anything is submitted: from its start to the line that says where it listens, and memory. */
export const idle: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const results: Result[] = [];
  for (const database of DATABASES) {
    const [startsS, residentsMb]: number[][] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      const { startMs, resident } = await startOnce(database, seconds);
      startsS.push(startMs / 1_000);
      residentsMb.push(resident);
      say(`round ${round}, ${NAME_OF[database]}: listens after ${Math.round(startMs)} ms, ${Math.round(resident)} MB`);
    }
    results.push({
      run: `idle, ${NAME_OF[database]}`,
      figures: [
        atMost('seconds from start to listening', startsS, LONGEST_START_S),
        atMost(`resident memory after ${seconds} s, MB`, residentsMb, MOST_RESIDENT_MB),
      ],
    });
  }
  return results;
};

async function startOnce(database: DatabaseKind, seconds: number): Promise<{ startMs: number; resident: number }> {
  const installation = await Installation.start({ workers: 0, database, geoIpUrl: NOBODY });
  try {
    await sleep(seconds * 1_000);
    return { startMs: installation.startMs, resident: await residentMb(installation.pid) };
  } finally {
    await installation.stop();
  }
}
