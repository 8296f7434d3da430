import { Agent, request } from 'node:http';
import { type ApiKeyRepository, KnownKeys } from '#libs/access';
import { loadSettings, SystemClock } from '#libs/platform';
import { parseApiKey, secretHashOf } from '../../libs/access/src/domain/api-key.js';
import { seededRandom } from '../measure/zipf.js';
import { median } from '../measure/statistics.js';
import { standardError, welchT } from '../measure/welch.js';
import { Installation } from '../parts/installation.js';
import { makeKey } from '../parts/make-key.js';
import { sayWhile } from '../parts/progress.js';
import { Recorder } from '../../test/support/recorder.js';
import { atMost, exactly, type Figure, type Scenario, told } from '../report.js';
import { SEED } from './budget-load.js';

const ROUNDS = 600;
const LONGEST_ANSWER_MS = 10_000;
const SAMPLES = 2_000;
const CHECKS_IN_A_SAMPLE = 1_000;
const random = seededRandom(SEED);
/** Of Welch's t; see there. */
const MOST_T = 4.5;
/** Answers that took longer were held up by something else: as many are left out of each kind. */
const KEPT_SHARE = 0.9;

/** Wrong keys, from right in nothing to right in all but the last character. */
const KINDS = ['unknown id', 'known id, secret wrong from the start', 'known id, secret wrong at the end'] as const;

/** How long wrong keys are answered that are right for a longer or shorter part, in rounds that have one of each in any order. */
export const keyTiming: Scenario = async (say, { rounds = ROUNDS }) => {
  const recorder = await Recorder.start(SEED, 0);
  const installation = await Installation.start({
    workers: 0,
    geoIpUrl: recorder.urlTemplate,
    settings: { AUTH: 'required' },
  });
  try {
    const keys = wrongKeys(await makeKey(installation, 'right'));
    const { times, statuses } = await sayWhile(say, 'asking with wrong keys', ask(installation.url, keys, rounds));
    const others = exactly('answers other than 401', statuses.filter((status) => status !== 401).length, 0);
    return [
      { run: `answers, ${rounds} rounds`, figures: [others, ...comparisonOf(times, 'ms')] },
      { run: 'in the process, 1,000 checks at a time', figures: comparisonOf(await timesOfChecks(keys), 'ms') },
    ];
  } finally {
    await installation.stop();
    await recorder.stop();
  }
};

function comparisonOf(times: readonly (readonly number[])[], unit: string): Figure[] {
  const [base = []] = times;
  return times.flatMap((ofKind, kind) => {
    const figure = told(`${KINDS[kind]}, median, ${unit}`, median(ofKind));
    if (kind === 0) return [figure];
    const t = Math.abs(welchT(ofKind, base));
    return [
      figure,
      atMost(`${KINDS[kind]}, |t| against an unknown id`, t, MOST_T),
      told(`${KINDS[kind]}, difference that would have been seen, ${unit}`, MOST_T * standardError(ofKind, base)),
    ];
  });
}

/** How long it takes to see that the keys are wrong, without what comes around it. */
async function timesOfChecks(keys: readonly string[]): Promise<number[][]> {
  const parsed = keys.flatMap((key) => parseApiKey(key) ?? []);
  const [, { id, secret } = { id: '', secret: '' }] = parsed;
  // Any secret but those: what is compared are hashes.
  const row = { id, secretHash: secretHashOf(`not ${secret}`), scopes: 'submit', cidrs: null, throttlePerMinute: null };
  const rows = { state: async () => 'one key', unrevoked: async () => [{ ...row, expiresAtMs: null }] };
  const known = new KnownKeys(rows as unknown as ApiKeyRepository, new SystemClock(), loadSettings({}));
  await known.refresh();
  const times = keys.map((): number[] => []);
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const { kind } of inAnyOrder(keys)) {
      const startedAtMs = performance.now();
      for (let check = 0; check < CHECKS_IN_A_SAMPLE; check++) {
        const { id: ofKind = '', secret: its = '' } = parsed[kind] ?? {};
        if (known.find(ofKind, secretHashOf(its)) !== null) throw new Error('a wrong key was taken for right');
      }
      times[kind]?.push(performance.now() - startedAtMs);
    }
  }
  return times.map(withoutSlowest);
}

function inAnyOrder(keys: readonly string[]): { readonly kind: number }[] {
  return keys.map((_key, kind) => ({ kind, place: random() })).sort((one, other) => one.place - other.place);
}

/** One of each kind. */
function wrongKeys(right: string): string[] {
  const [, id = '', secret = ''] = /^whence_([^_]+)_(.+)$/.exec(right) ?? [];
  const other = (letter: string) => (letter === 'A' ? 'E' : 'A');
  return [
    `whence_${'0'.repeat(id.length)}_${secret}`,
    `whence_${id}_${[...secret].map(other).join('')}`,
    `whence_${id}_${secret.slice(0, -1)}${other(secret.slice(-1))}`,
  ];
}

async function ask(
  url: string,
  keys: readonly string[],
  rounds: number,
): Promise<{ times: number[][]; statuses: number[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = keys.map((): number[] => []);
  const statuses: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      for (const { kind } of inAnyOrder(keys)) {
        const startedAtMs = performance.now();
        statuses.push(await statusOf(agent, url, keys[kind] ?? ''));
        times[kind]?.push(performance.now() - startedAtMs);
      }
    }
  } finally {
    agent.destroy();
  }
  return { times: times.map(withoutSlowest), statuses };
}

function withoutSlowest(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other).slice(0, Math.ceil(values.length * KEPT_SHARE));
}

function statusOf(agent: Agent, url: string, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/event/`, { agent, headers: { 'x-api-key': key } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.setTimeout(LONGEST_ANSWER_MS, () => sent.destroy(new Error('no answer within 10 s')));
    sent.once('error', reject);
    sent.end();
  });
}
