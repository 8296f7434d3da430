import type { Setting } from './setting.js';
import { settingDefinitions } from './setting-definitions.js';

type Definitions = typeof settingDefinitions;

/** The typed values of all settings, by their names in code. */
export type SettingValues = {
  [Key in keyof Definitions]: Definitions[Key] extends Setting<infer Value> ? Value : never;
};

/** One fault of the settings: the variable, what it holds, and what was expected instead. */
export interface SettingFault {
  readonly name: string;
  readonly message: string;
}

/** Thrown at start with every fault at once; its message is meant for the operator's terminal. */
export class WrongSettingsError extends Error {
  constructor(readonly faults: readonly SettingFault[]) {
    super(
      [
        `Whence cannot start: ${faults.length} ${faults.length === 1 ? 'setting is' : 'settings are'} wrong.`,
        ...faults.map((fault) => `  ${fault.name}: ${fault.message}`),
      ].join('\n'),
    );
  }
}

// A class, so that it is its own injection token; the merged interface gives it the fields that the schema defines.
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type
export interface Settings extends SettingValues {}

/** All settings of this process, checked and typed. The one reader of the environment is `loadSettings`. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class Settings {
  constructor(values: SettingValues) {
    Object.assign(this, values);
  }

  /** True where this process answers clients. */
  get servesClients(): boolean {
    return this.role !== 'worker';
  }

  /** True where this process calls the Geolocation API. */
  get looksUp(): boolean {
    return this.role !== 'api';
  }

  /** Lookups in flight at most: by Little's law, rate × longest answer keeps the budget in use through slow answers. */
  get lookupConcurrency(): number {
    return this.geoIpConcurrency ?? Math.ceil((this.geoIpRequestsPerSecond * this.geoIpTimeoutMs) / 1000);
  }
}

/** A check of one value beyond its syntax that another library does: null, or what was expected. */
export type ExtraCheck = (values: SettingValues) => SettingFault[];

/**
 * Reads and checks the settings from an environment. An empty variable counts as unset, but for
 * those settings that refuse it.
 * @throws WrongSettingsError naming every wrong setting, also those that are wrong only together.
 */
export function loadSettings(environment: NodeJS.ProcessEnv, extraChecks: ExtraCheck[] = []): Settings {
  const faults: SettingFault[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting<unknown>>(settingDefinitions)) {
    const text = textOf(setting, environment[setting.name]?.trim());
    if (text === undefined) continue;
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else faults.push({ name: setting.name, message: faultMessage(setting, text) });
  }
  const complete = values as SettingValues;
  for (const check of [relationFaults, ...extraChecks]) {
    // A setting that is wrong in itself is reported for that alone.
    faults.push(...check(complete).filter((fault) => faults.every((known) => known.name !== fault.name)));
  }
  if (faults.length > 0) throw new WrongSettingsError(faults);
  return new Settings(complete);
}

function textOf({ refusesEmpty, defaultText }: Setting<unknown>, text: string | undefined): string | undefined {
  return text === undefined || (text === '' && !refusesEmpty) ? defaultText : text;
}

function faultMessage(setting: Setting<unknown>, text: string): string {
  const found = setting.sensitive ? 'the value given (not shown, it may hold a password)' : JSON.stringify(text);
  return `expected ${setting.expected}, found ${found}`;
}

/** Faults of settings that are each right and wrong together. A setting that is itself wrong is undefined here. */
function relationFaults(values: Partial<SettingValues>): SettingFault[] {
  return [...roleFaults(values), ...retentionFaults(values)];
}

function roleFaults(values: Partial<SettingValues>): SettingFault[] {
  const { role } = values;
  if (role === undefined || role === 'all') return [];
  const faults: SettingFault[] = [];
  if (values.redisUrl === undefined) {
    faults.push({ name: 'REDIS_URL', message: `expected with ROLE=${role}: the processes share their queue there` });
  }
  if (values.database?.kind === 'sqlite') {
    faults.push({
      name: 'DATABASE_URL',
      message: `expected mysql://… with ROLE=${role}: processes cannot share SQLite`,
    });
  }
  if (role === 'worker' && values.geoIpUrl === undefined) {
    faults.push({ name: 'GEOIP_URL', message: 'expected with ROLE=worker: the stand-in is only started by ROLE=all' });
  }
  return faults;
}

function retentionFaults({ ipRetention, ipHashSecret }: Partial<SettingValues>): SettingFault[] {
  if (ipRetention === undefined || ipRetention === 'full' || ipHashSecret !== undefined) return [];
  const message = `expected with IP_RETENTION=${ipRetention}: known locations are found by their addresses’ hashes under it`;
  return [{ name: 'IP_HASH_SECRET', message }];
}
