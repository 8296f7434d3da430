import { SHORTEST_HICCUP_MS } from './hiccups.js';
import { anySeed, SEED_LIMIT } from './seeded-random.js';
import { SettingReader } from './setting-reader.js';
import { FAULTS, REAL_BEHAVIOUR, type StandInBehaviour } from './stand-in-behaviour.js';

/** The settings of the stand-in's process. */
export interface StandInSettings extends StandInBehaviour {
  /** 0 takes a free port. */
  port: number;
  host: string;
}

const STANDALONE_PORT = 8_080;
const MAX_REQUESTS_PER_SECOND = 100_000;
const LONGEST_HICCUP_MS = 600_000;

/**
 * Reads `STAND_IN_*`; nothing else here reads the environment. A forked stand-in takes a free port unless told
 * otherwise, because it tells its parent which. Throws a SettingsError that names everything that is wrong.
 */
export function readStandInSettings(
  { forked }: { forked: boolean },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): StandInSettings {
  const read = new SettingReader(environment);
  const real = REAL_BEHAVIOUR;
  const settings: StandInSettings = {
    port: read.wholeNumber('STAND_IN_PORT', forked ? 0 : STANDALONE_PORT, 0, 65_535),
    host: read.hostName('STAND_IN_HOST', '127.0.0.1'),
    requestsPerSecond: read.wholeNumber(
      'STAND_IN_REQUESTS_PER_SECOND',
      real.requestsPerSecond,
      1,
      MAX_REQUESTS_PER_SECOND,
    ),
    hiccupShare: read.share('STAND_IN_HICCUP_SHARE', real.hiccupShare),
    hiccupMaxMs: read.wholeNumber('STAND_IN_HICCUP_MAX_MS', real.hiccupMaxMs, SHORTEST_HICCUP_MS, LONGEST_HICCUP_MS),
    seed: read.wholeNumber('STAND_IN_SEED', anySeed(), 0, SEED_LIMIT - 1),
    logRequests:
      read.choice('STAND_IN_LOG_REQUESTS', real.logRequests ? 'true' : 'false', ['true', 'false']) === 'true',
    fault: read.choice('STAND_IN_FAULT', real.fault, FAULTS),
  };
  read.throwIfWrong();
  return settings;
}
