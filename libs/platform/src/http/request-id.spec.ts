import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.js';

const idFor = (given: string | string[] | undefined) =>
  requestIdOf({ headers: given === undefined ? {} : { 'x-request-id': given } });

describe('requestIdOf', () => {
  it.each(['a', 'A-z_0.9:/+=@', '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e', 'x'.repeat(128)])(
    'takes over the harmless %s',
    (id) => {
      expect(idFor(id)).toBe(id);
    },
  );

  it.each([
    undefined,
    '',
    'x'.repeat(129),
    'two words',
    'line\nbreak',
    'end\n',
    'tab\t',
    '"quoted"',
    '{json}',
    'ü',
    '<b>',
    '\u001b[31m',
    ['a', 'b'],
  ])('gives an id of its own instead of %j', (given) => {
    const id = idFor(given);
    expect(validate(id) && version(id)).toBe(7);
  });

  it('gives each request its own', () => {
    expect(idFor(undefined)).not.toBe(idFor(undefined));
  });
});
