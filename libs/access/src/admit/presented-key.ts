import type { IncomingHttpHeaders } from 'node:http';
import { AccessError } from '../domain/access-error.js';
import { type ApiKeyText, parseApiKey } from '../domain/api-key.js';

const BEARER = /^Bearer +(\S+)$/i;
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The key that a request comes with: `Authorization: Bearer KEY`, `X-API-Key: KEY`, or, as browsers do when they are asked
 * to, `Authorization: Basic` with the key as password. Beside X-API-Key that does not count: a browser that opened a page with
 * one key adds it to whatever the page sends, also with another.
 * @returns null for what can be no key
 * @throws AccessError `unauthenticated` where there is none, or two that differ
 */
export function presentedKey(headers: IncomingHttpHeaders): ApiKeyText | null {
  const { authorization, 'x-api-key': apiKey } = headers;
  const isOfBrowser = apiKey !== undefined && BASIC.test(authorization ?? '');
  const texts = new Set(
    [isOfBrowser ? undefined : fromAuthorization(authorization), apiKey].filter((text) => text !== undefined),
  );
  const [text, another] = [...texts];
  if (another !== undefined) throw unauthenticated(whatDiffers(text, another));
  if (text === undefined) {
    throw unauthenticated('An API key is needed: send it as Authorization: Bearer KEY, or as X-API-Key: KEY.');
  }
  return typeof text === 'string' ? parseApiKey(text) : null;
}

/** All that can be wrong with a key is told alike. */
export function unauthenticated(message: string): AccessError {
  return new AccessError('unauthenticated', message);
}

/** Whoever sends a key beside something else learns which of the two is none. */
function whatDiffers(inAuthorization: unknown, inApiKey: unknown): string {
  const isNone = (text: unknown) => typeof text !== 'string' || parseApiKey(text) === null;
  if (isNone(inAuthorization)) return `Authorization holds no API key: ${REMEDY}`;
  if (isNone(inApiKey)) return `X-API-Key holds no API key: ${REMEDY}`;
  return 'Authorization and X-API-Key hold different keys.';
}

const REMEDY = 'leave the header out, or send the same key in both.';

/** A header that has no key in it is none that can be right: an empty text. */
function fromAuthorization(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, bearer] = BEARER.exec(header) ?? [];
  if (bearer !== undefined) return bearer;
  const [, basic] = BASIC.exec(header) ?? [];
  return basic === undefined
    ? ''
    : Buffer.from(basic, 'base64')
        .toString('utf8')
        .replace(/^[^:]*:/, '');
}
