import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { ListEventsQuery, readListQuery } from './list-events.query.js';

const queryOf = (parameters: Partial<ListEventsQuery>) => Object.assign(new ListEventsQuery(), parameters);
/** The parameters that are refused, with what is said about each. */
const faultsOf = (parameters: object) =>
  validateSync(queryOf(parameters)).map(({ property, constraints }) => [property, Object.values(constraints ?? {})[0]]);

describe('ListEventsQuery', () => {
  it.each([
    {},
    { limit: '1' },
    { limit: '1000' },
    { cursor: 'anything' },
    { location_status: 'pending,located,unlocatable,failed' },
    { country_code: 'GB,IE' },
    { name: 'EC2 Instance Offline' },
    { name: 'a,b' },
    { status_code: '-7,0,2' },
    { status_code: Array.from({ length: 50 }, (_, code) => code).join() },
  ])('takes %o', (parameters) => {
    expect(faultsOf(parameters)).toEqual([]);
  });

  it.each([
    ['limit', ['0', '1001', '10000', '-1', '1.5', '01', '+5', ' 5', '5 ', '1e2', '', 'all']],
    ['cursor', ['']],
    ['location_status', ['', 'Pending', 'gone', 'pending,', ',pending', 'pending;failed', 'pending, failed']],
    ['country_code', ['', 'gb', 'GBR', 'G', 'GB,', 'GB,ie', 'United Kingdom']],
    ['name', ['', '  ', 'x'.repeat(121), '\ud800']],
    ['status_code', ['', '2.0', '+2', '007', '2,', '2147483648', 'two', '-0']],
  ])('refuses %s as any of %j', (parameter, values) => {
    for (const value of values) {
      expect(faultsOf({ [parameter]: value }), value).toEqual([[parameter, expect.stringContaining('expected')]]);
    }
  });

  it('refuses more values than anybody needs', () => {
    const codes = Array.from({ length: 51 }, (_, code) => code).join();
    expect(faultsOf({ status_code: codes })).toEqual([['status_code', expect.stringContaining('expected')]]);
  });

  it('names every fault at once', () => {
    expect(
      faultsOf({ limit: '0', country_code: 'gb', status_code: 'x' })
        .map(([property]) => property)
        .sort(),
    ).toEqual(['country_code', 'limit', 'status_code']);
  });
});

describe('readListQuery', () => {
  it('lists 50 events of any kind when nothing is asked for', () => {
    expect(readListQuery(queryOf({}))).toEqual({ limit: 50, filter: {} });
  });

  it('combines the filters', () => {
    const query = queryOf({
      limit: '7',
      location_status: 'located',
      country_code: 'GB,FR',
      name: 'a,b',
      status_code: '2,-7',
      cursor: 'x',
    });
    expect(readListQuery(query)).toEqual({
      limit: 7,
      filter: { locationStatus: ['located'], countryCode: ['FR', 'GB'], name: 'a,b', statusCode: [-7, 2] },
    });
  });

  it('gives the same filter one form, however it is written', () => {
    const forms = ['GB,FR', 'FR,GB', 'GB,FR,GB'].map((country_code) => readListQuery(queryOf({ country_code })).filter);
    expect(new Set(forms.map((filter) => JSON.stringify(filter))).size).toBe(1);
  });
});
