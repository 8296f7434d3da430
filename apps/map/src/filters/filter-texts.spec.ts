import { describe, expect, it } from 'vitest';
import { filterTexts, titleOf } from './filter-texts.js';

describe('the texts of filters', () => {
  it('are what people say', () => {
    const filters = { country_code: 'GB,IE,nowhere', status_code: '0,1', received_from: 'yesterday' };
    expect(filterTexts(filters).map(({ text }) => text)).toEqual([
      'Status code: 0, 1',
      'Country: United Kingdom, Ireland, nowhere',
      'From: yesterday',
    ]);
  });

  it('have the values as they are, whatever commas and backslashes they have', () => {
    const filters = {
      name: 'a,b\\,c',
      name_prefix: 'x,',
      city: 'Washington\\, D.C.,C:\\\\\\x,London',
      bbox: '1,2,3,4',
    };
    expect(filterTexts(filters).map(({ text }) => text)).toEqual([
      'Name: a,b\\,c',
      'Name begins with: x,',
      'City: Washington, D.C., C:\\\\x, London',
      'Area: 1, 2, 3, 4',
    ]);
  });

  it('are the title of the page, which has its own without any', () => {
    expect(titleOf({ country_code: 'IE', status_code: '2' })).toBe('Status code: 2, Country: Ireland – Whence');
    expect(titleOf({})).toBe('Whence: where events come from, live');
  });
});
