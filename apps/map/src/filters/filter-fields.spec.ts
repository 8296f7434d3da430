import { describe, expect, it } from 'vitest';
import { escapedInList } from '../list/event-facts.js';
import { localTimeOf, rfc3339Of } from './filter-fields.js';

describe('times of filters', () => {
  it.each(['2026-11-23T18:00:00.000Z', '2026-06-01T00:30:15.000Z'])('are local to people: %s', (time) => {
    expect(rfc3339Of(localTimeOf(time))).toBe(time);
  });

  it('are empty where they are none', () => {
    expect([localTimeOf('yesterday'), rfc3339Of('')]).toEqual(['', '']);
  });
});

describe('a value of a list', () => {
  it('is one value, whatever it has in it', () => {
    expect(escapedInList('Washington, D.C. \\')).toBe('Washington\\, D.C. \\\\');
  });
});
