import { describe, expect, it } from 'vitest';
import { newApiKey, textOfKey } from '../domain/api-key.js';
import { presentedKey } from './presented-key.js';

const KEY = newApiKey();
const TEXT = textOfKey(KEY);
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('presentedKey', () => {
  it.each([
    ['Authorization: Bearer', { authorization: `Bearer ${TEXT}` }],
    ['the same in lower case, with more blanks', { authorization: `bearer   ${TEXT}` }],
    ['X-API-Key', { 'x-api-key': TEXT }],
    ['the password of Basic', { authorization: basic(`anybody:${TEXT}`) }],
    ['X-API-Key, whatever the browser adds', { authorization: basic(`:${textOfKey(newApiKey())}`), 'x-api-key': TEXT }],
    ['both, where they are the same', { authorization: `Bearer ${TEXT}`, 'x-api-key': TEXT }],
  ])('is that of %s', (_where, headers) => {
    expect(presentedKey(headers)).toEqual(KEY);
  });

  it.each([
    ['another scheme', { authorization: `Digest ${TEXT}` }],
    ['an empty header', { authorization: '' }],
    ['two keys in one header', { 'x-api-key': `${TEXT}, ${TEXT}` }],
    ['something behind the key', { authorization: `Bearer ${TEXT} more` }],
    ['the user name of Basic', { authorization: basic(`${TEXT}:`) }],
  ])('is none in %s', (_where, headers) => {
    expect(presentedKey(headers)).toBeNull();
  });

  it('has to be there', () => {
    expect(() => presentedKey({})).toThrow('An API key is needed');
  });

  it('has to be one', () => {
    const other = textOfKey(newApiKey());
    expect(() => presentedKey({ authorization: `Bearer ${TEXT}`, 'x-api-key': other })).toThrow('different keys');
  });

  it.each([
    ['Authorization', 'an empty one', { authorization: '', 'x-api-key': TEXT }],
    ['Authorization', 'another scheme', { authorization: 'Digest x', 'x-api-key': TEXT }],
    ['Authorization', 'a token of somebody else', { authorization: 'Bearer eyJhbGciOi', 'x-api-key': TEXT }],
    ['X-API-Key', 'an empty one', { authorization: `Bearer ${TEXT}`, 'x-api-key': '' }],
  ])('is told that %s has none, beside one that is right, where that is %s', (name, _what, headers) => {
    expect(() => presentedKey(headers)).toThrow(`${name} holds no API key`);
  });
});
