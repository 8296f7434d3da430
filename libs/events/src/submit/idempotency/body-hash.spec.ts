import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHash, canonicalJson, keyHash } from './body-hash.js';

/** The same value with the keys of every object in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, turned(entry)]),
  );
}

describe('canonicalJson', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is the same whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
      }),
    );
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'é', B: -0 })).toBe('{"B":0,"a":"é","b":[{"c":null,"d":1}]}');
  });

  it('differs where values do', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [first, second] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        const isSame = canonicalJson(one) === canonicalJson(other);
        if (isSame) expect(first).toEqual(second);
      }),
    );
  });
});

describe('bodyHash', () => {
  it.each([
    [{ status_code: 2 }, { status_code: '2' }],
    [{ name: 'x' }, { name: 'x', status_code: null }],
    [{ events: ['a', 'b'] }, { events: ['b', 'a'] }],
    [{ a: '1,"b":2' }, { a: '1', b: 2 }],
    [JSON.parse('{"__proto__":1}'), {}],
  ])('tells %j from %j', (one, other) => {
    expect(bodyHash(one)).not.toBe(bodyHash(other));
    expect(bodyHash(one)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('keyHash', () => {
  it('tells scopes, paths and keys apart, wherever one ends', () => {
    const hashes = [
      keyHash('anonymous', 'event/submit', 'k'),
      keyHash('web', 'event/submit', 'k'),
      keyHash('anonymous', 'event/submit/batch', 'k'),
      keyHash('anonymous', 'event/submit', 'K'),
      keyHash('anonymous', 'event/submi', 'tk'),
      keyHash('anonymous","event/submit', 'k', ''),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
