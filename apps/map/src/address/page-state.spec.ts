import { describe, expect, it } from 'vitest';
import {
  asksTheSame,
  countriesOf,
  hasOwnTimes,
  queryOf,
  rangeBegin,
  readState,
  withCountryToggled,
  withFilter,
  writeState,
} from './page-state.js';

const NOW_MS = Date.parse('2026-11-23T18:00:00Z');
const TASK_ID = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

describe('the address of the page', () => {
  it.each([
    '',
    '?country_code=GB,IE',
    '?name=EC2+Instance+Offline&status_code=-1,2&location_status=pending,failed',
    '?source_ip=2a00:1450::/32&received_from=2026-11-23T18:00:00Z&bbox=-11,50,2,59',
    '?city=Washington%5C,+D.C.&range=7d',
    `?range=all&event=${TASK_ID}`,
  ])('says what it said before: %s', (search) => {
    expect(writeState(readState(search))).toBe(search);
  });

  it('leaves out what it does not know, and what is empty', () => {
    expect(readState('?range=century&color=red&name=&country_code=GB')).toEqual({
      filters: { country_code: 'GB' },
      range: '24h',
      event: null,
    });
    expect(readState('?range=toString').range).toBe('24h');
  });

  it.each(['export', 'stream', '.', '..', `${TASK_ID}/x`, ''])(
    'takes no event from "%s", which is no task id',
    (text) => {
      expect(readState(`?event=${encodeURIComponent(text)}`).event).toBe(null);
    },
  );

  it('keeps what looks like something else', () => {
    const filters = { name: '50% & more + #1?', city: 'São Paulo' };
    expect(readState(writeState({ filters, range: '1h', event: null })).filters).toEqual(filters);
  });

  it('asks the API with its own filters, and with the begin of the range', () => {
    expect(queryOf(readState('?country_code=GB&range=1h'), NOW_MS)).toEqual({
      country_code: 'GB',
      received_from: '2026-11-23T17:00:00.000Z',
    });
    expect(queryOf(readState('?range=all'), NOW_MS)).toEqual({});
    const ownTimes = readState('?received_to=2026-01-01T00:00:00Z');
    expect(queryOf(ownTimes, NOW_MS)).toEqual({ received_to: '2026-01-01T00:00:00Z' });
    expect([hasOwnTimes(ownTimes), hasOwnTimes(readState(''))]).toEqual([true, false]);
    const states = ['?range=1h', '?range=all', '?received_to=2026-01-01T00:00:00Z'].map(readState);
    expect(states.map((state) => rangeBegin(state, NOW_MS))).toEqual([NOW_MS - 3_600_000, null, null]);
  });

  it('knows whether other events are asked for', () => {
    expect(asksTheSame(readState(''), readState(`?event=${TASK_ID}`))).toBe(true);
    expect(asksTheSame(readState(''), readState('?range=1h'))).toBe(false);
  });

  it('has countries, of which each is chosen and let go of by itself', () => {
    const toggled = (codes: string, code: string) => withCountryToggled({ country_code: codes, city: 'c' }, code);
    expect(toggled('GB,IE', 'GB')).toEqual({ country_code: 'IE', city: 'c' });
    expect(toggled('GB,IE', 'FR')).toEqual({ country_code: 'GB,IE,FR', city: 'c' });
    expect(toggled('GB', 'GB')).toEqual({ city: 'c' });
    expect(withCountryToggled({}, 'GB')).toEqual({ country_code: 'GB' });
    // What the API has refused is not kept.
    expect(toggled('Ireland', 'GB')).toEqual({ country_code: 'GB', city: 'c' });
    expect([countriesOf({ country_code: 'GB,IE' }), countriesOf({})]).toEqual([['GB', 'IE'], []]);
  });

  it('sets a filter and takes it away', () => {
    expect(withFilter({ name: 'a' }, 'name', 'b')).toEqual({ name: 'b' });
    expect(withFilter({ name: 'a', city: 'c' }, 'name', '')).toEqual({ city: 'c' });
  });
});
