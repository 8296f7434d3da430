import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const FORMAT = /^whence_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** The two parts of a key's text: its id, which is no secret, and what only its owner knows. */
export interface ApiKeyText {
  readonly id: string;
  readonly secret: string;
}

/** A key that nobody has yet: `whence_`, 12 hexadecimal digits of an id, and 256 random bits. */
export function newApiKey(): ApiKeyText {
  return { id: randomBytes(ID_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES).toString('base64url') };
}

/** A key as its owner sends it. */
export function textOfKey({ id, secret }: ApiKeyText): string {
  return `whence_${id}_${secret}`;
}

/** Null for what can be no key. */
export function parseApiKey(text: string): ApiKeyText | null {
  const [, id, secret] = FORMAT.exec(text) ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

/** The id in what somebody calls a key by: the id itself, or the key as its owner has it. Null for other text. */
export function keyIdIn(text: string): string | null {
  return /^[0-9a-f]{12}$/.test(text) ? text : (parseApiKey(text)?.id ?? null);
}

/** The text with what is secret of keys in it left out, also of a key that was not copied as a whole. */
export function withoutSecrets(text: string): string {
  return text.replace(/(whence_[0-9a-f]{12}_)[A-Za-z0-9_-]+/g, '$1…');
}

/** What is kept of a secret. It has 256 random bits: nothing slower than SHA-256 would make it harder to guess. */
export function secretHashOf(secret: string): string {
  return hash('sha256', secret);
}

/** In a time that says nothing of where the two differ. Both are hashes of `secretHashOf`. */
export function isSameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, 'hex'), Buffer.from(other, 'hex'));
}
