import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { EventStatsQuery, readStatsQuery } from './event-stats.query.js';

const queryOf = (parameters: object) => Object.assign(new EventStatsQuery(), parameters);
/** The parameters that are refused. */
const faultsOf = (parameters: object) =>
  validateSync(queryOf(parameters))
    .map(({ property }) => property)
    .sort();

describe('EventStatsQuery', () => {
  it.each([
    { by: 'country_code' },
    { by: 'city', limit: '1' },
    { by: 'name', limit: '1000' },
    { by: 'status_code', country_code: 'GB', received_from: '2026-11-23T18:00:00Z' },
    { by: 'location_status', bbox: '-11,50,2,59' },
    { by: 'time', interval: 'minute' },
    { by: 'time', interval: 'hour', name_prefix: 'EC2' },
    { by: 'time', interval: 'day', source_ip: '81.2.69.0/24' },
  ])('takes %o', (parameters) => {
    expect(faultsOf(parameters)).toEqual([]);
  });

  it.each([
    [{}, ['by']],
    [{ by: '' }, ['by']],
    [{ by: 'country' }, ['by']],
    [{ by: 'received_at' }, ['by']],
    [{ by: 'name,city' }, ['by']],
    [{ by: 'constructor' }, ['by']],
    [{ interval: 'hour', limit: '5' }, ['by']],
    [{ interval: 'week' }, ['by', 'interval']],
    [{ by: 'time' }, ['interval']],
    [{ by: 'time', interval: '' }, ['interval']],
    [{ by: 'time', interval: 'week' }, ['interval']],
    [{ by: 'time', interval: '1h' }, ['interval']],
    [{ by: 'name', interval: 'hour' }, ['interval']],
    [{ by: 'time', interval: 'hour', limit: '5' }, ['limit']],
    [{ by: 'name', limit: '0' }, ['limit']],
    [{ by: 'name', limit: '1001' }, ['limit']],
    [{ by: 'name', limit: '' }, ['limit']],
    [{ by: 'name', country_code: 'gb' }, ['country_code']],
    [{ by: 'x', limit: '0', interval: 'week', bbox: '1' }, ['bbox', 'by', 'interval', 'limit']],
  ])('refuses %o', (parameters, fields) => {
    expect(faultsOf(parameters)).toEqual(fields);
  });
});

describe('readStatsQuery', () => {
  it('tells of the 50 largest groups of all events when nothing else is asked for', () => {
    expect(readStatsQuery(queryOf({ by: 'city' }))).toEqual({ filter: {}, grouping: { by: 'city' }, limit: 50 });
  });

  it('reads limit, interval and filters', () => {
    expect(readStatsQuery(queryOf({ by: 'name', limit: '7', country_code: 'GB' }))).toEqual({
      filter: { countryCode: ['GB'] },
      grouping: { by: 'name' },
      limit: 7,
    });
    const byTime = queryOf({ by: 'time', interval: 'day', received_from: '2026-11-23T19:00:00+01:00' });
    expect(readStatsQuery(byTime)).toMatchObject({
      filter: { receivedFromMs: Date.UTC(2026, 10, 23, 18) },
      grouping: { by: 'time', interval: 'day' },
    });
  });
});
