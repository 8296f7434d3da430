import { userInfo } from 'node:os';
import { ApiKeyEntity, ApiKeyRepository, KeyAdministration, keyIdIn, type KeyWish } from '#libs/access';
import { parseIpAddress, usualRangeText } from '#libs/geolocation';
import { AuditLog, openDataSource, type Scope, SCOPES, type Settings, SystemClock } from '#libs/platform';
import { DATABASE_SCHEMA } from './database-schema.js';
import { missingFile, requireDatabase } from './existing-database.js';
import { readArguments } from './read-arguments.js';
import { keyAsJson, keyTable, madeKeyText } from './shown-keys.js';

const LONGEST_NAME = 120;
/** What a terminal or a log would obey, or show as something else: control characters, line ends, changes of direction. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const MOST_CIDRS = 100;
const LARGEST_THROTTLE = 1_000_000;
const HOUR_MS = 3_600_000;
const UNITS_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS };
const LONGEST_EXPIRY_MS = 3_650 * 24 * HOUR_MS;

/** `keys create`: makes an API key and prints it, once. */
export const createKey = {
  usage:
    'keys create --name NAME --scopes submit,read,admin [--expires 90d] [--cidr RANGE]... [--throttle PER_MINUTE] [--json]',
  read(parameters: string[]) {
    const options = {
      name: { type: 'string' },
      scopes: { type: 'string' },
      expires: { type: 'string' },
      cidr: { type: 'string', multiple: true },
      throttle: { type: 'string' },
      json: { type: 'boolean' },
    } as const;
    const { values } = readArguments({ args: parameters, options });
    const wish: KeyWish = {
      name: nameFrom(values.name),
      scopes: scopesFrom(values.scopes),
      expiresInMs: values.expires === undefined ? null : durationFrom(values.expires),
      cidrs: cidrsFrom(values.cidr ?? []),
      throttlePerMinute: values.throttle === undefined ? null : throttleFrom(values.throttle),
    };
    return async (settings: Settings) => {
      const path = missingFile(settings.database);
      const made = await administer(settings, (keys) => keys.create(actor(), wish));
      // Standard output may be read by a program.
      if (path !== null) console.error(`DATABASE_URL: there was no SQLite file ${path}; it was made.`);
      return values.json === true ? JSON.stringify(keyAsJson(made.row, made.text)) : madeKeyText(made);
    };
  },
};

/** `keys list`: all keys there have ever been, without what is secret. */
export const listKeys = {
  usage: 'keys list [--json]',
  read(parameters: string[]) {
    const { values } = readArguments({ args: parameters, options: { json: { type: 'boolean' } } });
    return async (settings: Settings) => {
      requireDatabase(settings.database);
      const rows = await administer(settings, (keys) => keys.list());
      if (values.json === true) return JSON.stringify(rows.map((row) => keyAsJson(row)));
      return keyTable(rows, new SystemClock().nowMs());
    };
  },
};

/** `keys revoke`: from now on, within seconds in every process, the key grants nothing. */
export const revokeKey = {
  usage: 'keys revoke ID',
  read(parameters: string[]) {
    const { positionals } = readArguments({ args: parameters, allowPositionals: true });
    const [text = ''] = positionals;
    const id = keyIdIn(text);
    if (id === null || positionals.length > 1) throw new Error('expected the id of one key, as keys list shows it');
    return async (settings: Settings) => {
      requireDatabase(settings.database);
      const result = await administer(settings, (keys) => keys.revoke(actor(), id));
      if (result === 'unknown') throw new UnknownKeyError(`There is no key with the id ${id}; see keys list.`);
      return result === 'revoked' ? `${id} is revoked.` : `${id} was revoked before.`;
    };
  },
};

/** A key that does not exist; the message is for the operator. */
export class UnknownKeyError extends Error {}

async function administer<Result>(
  settings: Settings,
  work: (keys: KeyAdministration) => Promise<Result>,
): Promise<Result> {
  const clock = new SystemClock();
  const dataSource = await openDataSource(settings.database, DATABASE_SCHEMA);
  try {
    const rows = new ApiKeyRepository(dataSource.getRepository(ApiKeyEntity));
    return await work(new KeyAdministration(rows, new AuditLog(dataSource, clock), clock));
  } finally {
    await dataSource.destroy();
  }
}

function actor(): string {
  return `cli:${userName()}`.slice(0, 80);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Container platforms run processes as users that nobody has named.
    return `user ${process.getuid?.()}`;
  }
}

function nameFrom(text = ''): string {
  if (text.trim() === '' || [...text].length > LONGEST_NAME) {
    throw new Error(`--name: expected what people will call the key, up to ${LONGEST_NAME} characters`);
  }
  if (UNSEEN.test(text)) throw new Error('--name: expected no control characters');
  return text;
}

function scopesFrom(text = ''): Scope[] {
  const found = new Set(text.split(',').map((part) => part.trim()));
  const scopes = SCOPES.filter((scope) => found.delete(scope));
  if (scopes.length === 0 || found.size > 0) {
    throw new Error(`--scopes: expected some of ${SCOPES.join(', ')}, separated by commas`);
  }
  return scopes;
}

function durationFrom(text: string): number {
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})([hd])$/.exec(text) ?? [];
  const durationMs = Number(number) * (UNITS_MS[unit] ?? NaN);
  if (!(durationMs <= LONGEST_EXPIRY_MS))
    throw new Error('--expires: expected hours or days such as 12h or 90d, up to 3650d');
  return durationMs;
}

function cidrsFrom(texts: readonly string[]): string[] {
  const cidrs = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  for (const text of cidrs) checkCidr(text);
  if (cidrs.length > MOST_CIDRS) throw new Error(`--cidr: expected at most ${MOST_CIDRS}`);
  return cidrs;
}

/** Bits beyond the prefix tell that another prefix or another address was meant. */
function checkCidr(text: string): void {
  const usual = usualRangeText(text);
  const expected = usual ?? 'an address or a range such as 10.0.0.0/8';
  const [addressText = ''] = text.split('/');
  if (usual === null || parseIpAddress(addressText)?.text !== usual.split('/')[0]) {
    throw new Error(`--cidr: expected ${expected}, found ${JSON.stringify(text)}`);
  }
}

function throttleFrom(text: string): number {
  const perMinute = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (!(perMinute <= LARGEST_THROTTLE)) {
    throw new Error(`--throttle: expected requests per minute, from 1 to ${LARGEST_THROTTLE}, or 0 for no limit`);
  }
  return perMinute;
}
