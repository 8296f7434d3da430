import { describe, expect, it } from 'vitest';
import { escapedInList } from '../list/event-facts.js';
import { FILTER_FIELDS, filterOf, localTimeOf, rfc3339Of } from './filter-fields.js';

describe('times of filters', () => {
  it.each(['2026-11-23T18:00:00.000Z', '2026-06-01T00:30:15.000Z'])('are local to people: %s', (time) => {
    expect(rfc3339Of(localTimeOf(time))).toBe(time);
  });

  it('are empty where they are none', () => {
    expect([localTimeOf('yesterday'), rfc3339Of('')]).toEqual(['', '']);
  });
});

describe('the filter that a field means', () => {
  const meantBy = (name: string, written: string, before?: string) => {
    const field = FILTER_FIELDS.find((each) => each.name === name);
    return field && filterOf(field, written, before);
  };

  it('has the blanks around a name, and around nothing else', () => {
    expect(['name', 'name_prefix', 'city'].map((name) => meantBy(name, ' x '))).toEqual([' x ', ' x ', ' x ']);
    expect(['status_code', 'source_ip', 'bbox'].map((name) => meantBy(name, ' x '))).toEqual(['x', 'x', 'x']);
  });

  it('has no blanks in a list, and country codes as the API takes them', () => {
    expect([' gb , Ie', 'GB,IE', 'United Kingdom', ''].map((written) => meantBy('country_code', written))).toEqual([
      'GB,IE',
      'GB,IE',
      'United Kingdom',
      '',
    ]);
    expect([meantBy('status_code', '0, 1'), meantBy('bbox', '-1, 50, 2, 60')]).toEqual(['0,1', '-1,50,2,60']);
    expect(meantBy('name', 'gb, ie')).toBe('gb, ie');
  });

  it('has a time to the millisecond until that is written anew, and none where there was only a wrong one', () => {
    const before = '2026-11-23T18:00:00.123Z';
    expect(meantBy('received_from', localTimeOf(before), before)).toBe(before);
    expect(meantBy('received_from', localTimeOf(before).slice(0, -3), before)).toBe(before);
    expect(meantBy('received_from', localTimeOf('2026-11-24T18:00:00Z'), before)).toBe('2026-11-24T18:00:00.000Z');
    expect([meantBy('received_from', '', 'yesterday'), meantBy('received_from', '', before)]).toEqual(['', '']);
  });
});

describe('a value of a list', () => {
  it('is one value, whatever it has in it', () => {
    expect(escapedInList('Washington, D.C. \\')).toBe('Washington\\, D.C. \\\\');
  });
});
