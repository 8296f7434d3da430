import { ratiosOf } from '../measure/statistics.js';
import { type DatabaseKind, Installation } from '../parts/installation.js';
import { makeKey } from '../parts/make-key.js';
import { Recorder } from '../../test/support/recorder.js';
import { atLeast, type Result, type Scenario, told } from '../report.js';
import { NAME_OF, ROUNDS, saturate, SEED, writeSingles } from './submit-load.js';

const SECONDS = 8;
const SLOW_SHARE = 0.1;
const LEAST_SHARE = 0.85;
/** More than can be submitted: every request is counted, and none refused. */
const SECURED = { AUTH: 'required', THROTTLE_PER_MINUTE: '1000000' };

interface Kind {
  readonly name: string;
  readonly workers: number;
  readonly database: DatabaseKind;
}

const KINDS: readonly Kind[] = [
  { name: `${NAME_OF.sqlite}, in process`, workers: 0, database: 'sqlite' },
  { name: `${NAME_OF.mariadb} and Redis`, workers: 1, database: 'mariadb' },
];

/** Submissions per second with keys and limits, as a share of those without, on two installations that take turns. */
export const overhead: Scenario = async (say, { rounds = ROUNDS, seconds = SECONDS }) => {
  const requestFile = await writeSingles();
  const results: Result[] = [];
  for (const kind of KINDS) results.push(await overheadOf(kind, { requestFile, rounds, seconds }, say));
  return results;
};

async function overheadOf(
  { name, workers, database }: Kind,
  { requestFile, rounds, seconds }: { requestFile: string; rounds: number; seconds: number },
  say: (line: string) => void,
): Promise<Result> {
  const recorder = await Recorder.start(SEED, SLOW_SHARE);
  const options = { workers, database, geoIpUrl: recorder.urlTemplate };
  const installations: Installation[] = [];
  try {
    installations.push(await Installation.start(options), await Installation.start({ ...options, settings: SECURED }));
    const [open, secured] = installations;
    const key = await makeKey(secured, 'bench');
    const rates: Record<'open' | 'secured', number[]> = { open: [], secured: [] };
    for (let round = 1; round <= rounds; round++) {
      rates.open.push((await saturate(open, requestFile, seconds)).perSecond);
      rates.secured.push((await saturate(secured, requestFile, seconds, key)).perSecond);
      const found = [rates.open, rates.secured].map((of) => Math.round(of.at(-1) ?? NaN));
      say(`round ${round}, ${name}: ${found[0]} answers/s open, ${found[1]} with a key and a limit`);
    }
    const figures = [
      told('answers 202 per second, open', rates.open),
      told('answers 202 per second, with key and limit', rates.secured),
      atLeast('share with key and limit', ratiosOf(rates.secured, rates.open), LEAST_SHARE),
    ];
    return { run: name, figures };
  } finally {
    for (const installation of installations) await installation.stop();
    await recorder.stop();
  }
}
