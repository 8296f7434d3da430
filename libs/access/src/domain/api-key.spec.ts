import { describe, expect, it } from 'vitest';
import { isSameHash, newApiKey, parseApiKey, secretHashOf, textOfKey } from './api-key.js';

describe('an API key', () => {
  it('is read as it was written, and is another one each time', () => {
    const keys = Array.from({ length: 100 }, newApiKey);
    expect(keys.map((key) => parseApiKey(textOfKey(key)))).toEqual(keys);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(100);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(100);
  });

  it('has 256 bits that only its owner knows', () => {
    expect(Buffer.from(newApiKey().secret, 'base64url')).toHaveLength(32);
  });

  it.each(['', 'whence_', `whence_0123456789ab_${'x'.repeat(42)}`, `whence_0123456789ab_${'x'.repeat(44)}`])(
    'is not %j',
    (text) => expect(parseApiKey(text)).toBeNull(),
  );

  it.each([`Whence_0123456789ab_${'x'.repeat(43)}`, `whence_0123456789AB_${'x'.repeat(43)}`])(
    'is no other case: %j',
    (text) => expect(parseApiKey(text)).toBeNull(),
  );

  it('is kept as a hash that tells two secrets apart', () => {
    const [one, other] = [secretHashOf('a'), secretHashOf('b')];
    expect([isSameHash(one, secretHashOf('a')), isSameHash(one, other)]).toEqual([true, false]);
  });
});
