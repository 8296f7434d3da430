import { describe, expect, it } from 'vitest';
import { attributesFault } from './event-attributes.js';

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
/** Attributes whose compact JSON has so many bytes. */
const ofBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

describe('attributesFault', () => {
  it.each([
    ['nothing', {}],
    ['texts, finite numbers and booleans', { region: 'eu', load: -0.5, big: 1e308, up: true, empty: '', '': 'no key' }],
    ['50 keys', keys(50)],
    ['4096 bytes', ofBytes(4096)],
    ['names that every object inherits', { constructor: 'x', toString: 1, hasOwnProperty: true }],
    ['NUL characters, which JSON escapes', { 'a\0b': 'c\0d' }],
  ])('allows %s', (_what, attributes) => {
    expect(attributesFault(attributes)).toBeNull();
  });

  it.each([
    ['null', null],
    ['a list', ['x']],
    ['text', 'region=eu'],
    ['a number', 7],
    ['a missing value', undefined],
  ])('refuses %s for the object', (_what, value) => {
    expect(attributesFault(value)).toBe('expected a flat object of texts, finite numbers and booleans');
  });

  it.each([
    ['an object', { nested: {} }, 'expected text, a finite number or a boolean at "nested"'],
    ['a list', { list: [] }, 'expected text, a finite number or a boolean at "list"'],
    ['null', { none: null }, 'expected text, a finite number or a boolean at "none"'],
    ['infinity, which JSON writes as 1e400', { load: Infinity }, 'expected a finite number at "load"'],
    [
      'half of a surrogate pair',
      { text: 'x\ud83d' },
      'expected Unicode text at "text", found half of a surrogate pair',
    ],
  ])('refuses %s as a value, naming its key', (_what, attributes, message) => {
    expect(attributesFault(attributes)).toBe(message);
  });

  it('refuses keys that are a trap for readers, or no text', () => {
    expect(attributesFault(JSON.parse('{"__proto__":"x"}'))).toBe('the key "__proto__" is not allowed');
    expect(attributesFault({ 'x\ud83d': 1 })).toContain('half of a surrogate pair');
  });

  it('refuses 51 keys', () => {
    expect(attributesFault(keys(51))).toBe('expected at most 50 keys, found 51');
  });

  it('refuses 4097 bytes, counted in UTF-8', () => {
    expect(attributesFault(ofBytes(4097))).toBe('expected at most 4096 bytes as JSON, found 4097');
    const attributes = { a: '😀'.repeat(1_023) };
    expect(attributesFault(attributes)).toContain('found 4100');
  });
});
