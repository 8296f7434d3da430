import { createHash } from 'node:crypto';

/**
 * SHA-256 of a parsed JSON value, in which the order of keys does not count and everything else does: 2 and "2", null
 * and missing, are different.
 */
export function bodyHash(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** What a reservation is known by: SHA-256 of who sends it (`anonymous` while there are no API keys), where to, and the key. */
export function keyHash(scope: string, path: string, key: string): string {
  return sha256(JSON.stringify([scope, path, key]));
}

/** JSON with the keys of each object in the order of their code units, without blanks. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`).join()}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
