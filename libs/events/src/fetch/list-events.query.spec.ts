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
    { name_prefix: ' ' },
    { order: 'asc' },
    { city: 'London,Washington\\, D.C.' },
    { source_ip: '81.2.69.142,81.2.69.0/24,2a00:1450::/32,0.0.0.0/0' },
    { received_from: '2026-11-23T18:00:00.123Z', received_to: '2026-11-23T19:00:00.123+01:00' },
    { bbox: '-180,-90,180,90' },
    { bbox: '177.5,-19,-178,-16.25' },
    { bbox: '-0.054931640625000014,5e-7,0.0012345678901234567,.5' },
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
    ['name', ['', '  ', 'x'.repeat(121), '\ud800', 'a\0']],
    ['order', ['', 'ASC', 'newest']],
    ['name_prefix', ['', 'x'.repeat(121), '\ud800', 'a\0', '\0']],
    ['city', ['', 'London,', ',London', 'London,,Paris', 'x'.repeat(201), '\ud800', 'London,Lon\0don']],
    [
      'source_ip',
      [
        '',
        '81.2.69',
        '81.2.69.0/33',
        '81.2.69.0/',
        '81.2.69.0/08',
        '81.2.69.142,',
        'localhost',
        '::/129',
        '1.2.3.4/24/1',
      ],
    ],
    ['received_from', ['', 'yesterday', '2026-11-23', '2026-11-23T18:00:00', '2026-02-30T18:00:00Z', '1795000000']],
    ['received_to', ['', 'tomorrow', '2026-11-23T18:00:00 01:00']],
    [
      'bbox',
      [
        '',
        '1,2,3',
        '1,2,3,4,5',
        '-181,0,0,0',
        '0,-91,0,0',
        '0,2,0,1',
        '0,0,0,91',
        '0,0,,1',
        '0x1,0,1,1',
        '1e1,0,20,1',
        ' 0,0,1,1',
      ],
    ],
    ['status_code', ['', '2.0', '+2', '007', '2,', '2147483648', 'two', '-0']],
  ])('refuses %s as any of %j', (parameter, values) => {
    for (const value of values) {
      expect(faultsOf({ [parameter]: value }), value).toEqual([[parameter, expect.stringContaining('expected')]]);
    }
  });

  it('refuses an end before the beginning, and takes one that is the same time', () => {
    const received_from = '2026-11-23T18:00:00.1239Z';
    for (const received_to of ['2026-11-23T18:00:00.122Z', '2026-11-23T19:00:00.1231+01:00']) {
      expect(faultsOf({ received_from, received_to })).toEqual([
        ['received_to', 'expected a time that is not before received_from'],
      ]);
    }
    expect(faultsOf({ received_from, received_to: '2026-11-23T19:00:00.12390+01:00' })).toEqual([]);
  });

  it('says what a time must be like that no clock shows', () => {
    expect(faultsOf({ received_from: '2026-12-31T23:59:60Z' })).toEqual([
      ['received_from', expect.stringMatching(/seconds not beyond 59; .* %2B$/)],
    ]);
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
    expect(readListQuery(queryOf({}))).toEqual({ limit: 50, order: 'desc', filter: {} });
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
      order: 'desc',
      filter: { locationStatus: ['located'], countryCode: ['FR', 'GB'], name: 'a,b', statusCode: [-7, 2] },
    });
  });

  it('has no event on both sides of a time between two milliseconds, or on none', () => {
    const time = '2026-11-23T18:00:00.1234567890Z';
    const { filter } = readListQuery(queryOf({ received_from: time, received_to: time }));
    const nextMs = Date.parse('2026-11-23T18:00:00.124Z');
    expect(filter).toEqual({ receivedFromMs: nextMs, receivedToMs: nextMs });
  });

  it('reads places, times and addresses', () => {
    const query = queryOf({
      order: 'asc',
      city: 'Washington\\, D.C.,London',
      name_prefix: 'EC2',
      source_ip: '81.2.69.142/24,::ffff:8.8.8.8',
      received_from: '2026-11-23T19:00:00+01:00',
      received_to: '2026-11-23T18:00:00.5Z',
      bbox: '177.5,-19,-178,-16.25',
    });
    expect(readListQuery(query)).toEqual({
      limit: 50,
      order: 'asc',
      filter: {
        city: ['London', 'Washington, D.C.'],
        namePrefix: 'EC2',
        sourceIp: [
          { from: '408080808', to: '408080808' },
          { from: '451024500', to: '4510245ff' },
        ],
        receivedFromMs: Date.UTC(2026, 10, 23, 18),
        receivedToMs: Date.UTC(2026, 10, 23, 18, 0, 0, 500),
        bbox: { west: 177.5, south: -19, east: -178, north: -16.25 },
      },
    });
  });

  it('gives the same filter one form, however it is written', () => {
    const forms = ['GB,FR', 'FR,GB', 'GB,FR,GB'].map((country_code) => readListQuery(queryOf({ country_code })).filter);
    expect(new Set(forms.map((filter) => JSON.stringify(filter))).size).toBe(1);
  });
});
