import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOCATION_STATUSES } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { decodeCursor, encodeCursor } from './event-cursor.js';

const TASK_ID = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

const filters: fc.Arbitrary<EventFilter> = fc.record(
  {
    locationStatus: fc.uniqueArray(fc.constantFrom(...LOCATION_STATUSES), { minLength: 1 }),
    countryCode: fc.uniqueArray(fc.constantFrom('GB', 'FR', 'BR'), { minLength: 1 }),
    name: fc.string({ minLength: 1 }),
    statusCode: fc.uniqueArray(fc.integer(), { minLength: 1 }),
  },
  { requiredKeys: [] },
);

describe('encodeCursor and decodeCursor', () => {
  it('give the place back under the same filters', () => {
    fc.assert(
      fc.property(fc.uuid(), filters, (taskId, filter) => {
        expect(decodeCursor(encodeCursor(taskId, filter, 'desc'), { ...filter }, 'desc')).toBe(taskId);
      }),
    );
  });

  it('refuse a cursor under other filters', () => {
    fc.assert(
      fc.property(filters, filters, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(decodeCursor(encodeCursor(TASK_ID, one, 'desc'), other, 'desc')).toBeNull();
      }),
    );
  });

  it.each<[string, EventFilter, EventFilter]>([
    ['none', { name: 'x' }, {}],
    ['one more', { name: 'x' }, { name: 'x', statusCode: [2] }],
    ['another value', { countryCode: ['GB'] }, { countryCode: ['FR'] }],
    ['another value more', { countryCode: ['GB'] }, { countryCode: ['FR', 'GB'] }],
    ['the same text for another filter', { name: 'GB' }, { countryCode: ['GB'] }],
  ])('refuse a cursor where the filters are %s', (_what, before, after) => {
    expect(decodeCursor(encodeCursor(TASK_ID, before, 'desc'), after, 'desc')).toBeNull();
  });

  it('do not care in which order filters are given', () => {
    const cursor = encodeCursor(TASK_ID, { name: 'x', statusCode: [2] }, 'desc');
    expect(decodeCursor(cursor, { statusCode: [2], name: 'x' }, 'desc')).toBe(TASK_ID);
  });

  it('refuse a cursor in the other order', () => {
    expect(decodeCursor(encodeCursor(TASK_ID, {}, 'desc'), {}, 'asc')).toBeNull();
  });

  it('make a cursor that needs no escaping in a query', () => {
    expect(encodeCursor(TASK_ID, { name: 'ä&=+ 😀' }, 'desc')).toMatch(/^[\w-]+$/);
  });

  const forged = (text: string) => Buffer.from(text).toString('base64url');
  const fingerprint =
    Buffer.from(encodeCursor(TASK_ID, {}, 'desc'), 'base64url')
      .toString()
      .split('.')[1] ?? '';

  it.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['a task id', TASK_ID],
    ['another version', forged(`1.${fingerprint}.${TASK_ID}`)],
    ['what is no task id', forged(`2.${fingerprint}.' OR 1=1`)],
    ['no task id', forged(`2.${fingerprint}`)],
    ['more parts', forged(`2.${fingerprint}.${TASK_ID}.x`)],
    ['a cursor with blanks', `${encodeCursor(TASK_ID, {}, 'desc')} `],
    ['a cursor with padding', `${encodeCursor(TASK_ID, {}, 'desc')}=`],
    ['a cursor cut short', encodeCursor(TASK_ID, {}, 'desc').slice(0, -1)],
  ])('refuse %s', (_what, cursor) => {
    expect(decodeCursor(cursor, {}, 'desc')).toBeNull();
  });

  it('refuse any text that is no cursor', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeCursor(text, {}, 'desc')).toBeNull();
      }),
    );
  });
});
