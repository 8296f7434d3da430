import { beforeEach, describe, expect, it } from 'vitest';
import { RecordedSpans } from '../../../platform/src/testing/recorded-spans.js';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { FREE, freely } from '../testing/http-client-world.js';
import { type AskForRight, type GeoIpAnswer, GeoIpClient } from './geo-ip-client.js';
import { TracedGeoIpClient } from './traced-geo-ip-client.js';

const ADDRESS = '81.2.69.142';
const NEVER = new AbortController().signal;
const NOT_FOUND: GeoIpAnswer = { kind: 'not_found' };

/** A client whose request leaves by the first right that has not lapsed, and has the answer. */
function answering(answer: () => Promise<GeoIpAnswer>): GeoIpClient['lookup'] {
  return async (_address, _signal, askForRight) => {
    for (;;) {
      const right = await askForRight(async () => true);
      if (right === null) return { kind: 'transient', code: 'unavailable' };
      if (right.hasLapsed()) continue;
      right.departed();
      return answer();
    }
  };
}

describe('TracedGeoIpClient', () => {
  let recorded: RecordedSpans;

  beforeEach(() => (recorded = new RecordedSpans()));

  /** One lookup within a traced job. */
  const lookUp = async (lookup: GeoIpClient['lookup'], askForRight: AskForRight = freely) => {
    const client = new TracedGeoIpClient(strictDouble<GeoIpClient>('GeoIpClient', { lookup }));
    let answered: unknown;
    await recorded.during('lookup', async () => {
      answered = await client.lookup(ADDRESS, NEVER, askForRight).catch((error: unknown) => error);
    });
    return answered;
  };
  const told = () => recorded.ended.map(({ name, parent, isFailed }) => [name, parent, isFailed]);

  it('tells how long a request waited for its right, and of the request itself, but not what it asked', async () => {
    expect(await lookUp(answering(async () => NOT_FOUND))).toBe(NOT_FOUND);
    expect(told()).toEqual([
      ['lookup.permit', 'lookup', false],
      ['GET geolocation', 'lookup', false],
      ['lookup', null, false],
    ]);
    expect(recorded.ended[1]?.attributes).toEqual({
      'http.request.method': 'GET',
      'peer.service': 'geolocation-api',
      'whence.lookup.result': 'not_found',
    });
    expect(JSON.stringify(recorded.ended)).not.toContain(ADDRESS);
  });

  it('tells of no request that came too late, and of each wait', async () => {
    const lapsed = [true, false];
    const askForRight: AskForRight = async () => ({ ...FREE, hasLapsed: () => lapsed.shift() ?? false });
    await lookUp(
      answering(async () => NOT_FOUND),
      askForRight,
    );
    expect(told().map(([name]) => name)).toEqual(['lookup.permit', 'lookup.permit', 'GET geolocation', 'lookup']);
  });

  it('tells of none where no connection can be had', async () => {
    expect(
      await lookUp(
        answering(async () => NOT_FOUND),
        async () => null,
      ),
    ).toMatchObject({ code: 'unavailable' });
    expect(told().map(([name]) => name)).toEqual(['lookup.permit', 'lookup']);
  });

  it('tells that the API has failed, and how', async () => {
    await lookUp(answering(async () => ({ kind: 'transient', code: 'timeout' })));
    expect(recorded.ended[1]).toMatchObject({ isFailed: true, attributes: { 'error.type': 'timeout' } });
  });

  it('tells of a request that is given up', async () => {
    const reason = new Error('the service stops');
    expect(await lookUp(answering(() => Promise.reject(reason)))).toBe(reason);
    expect(recorded.ended[1]).toMatchObject({ name: 'GET geolocation', isFailed: true });
  });

  it('changes nothing where nothing is traced', async () => {
    const inner = strictDouble<GeoIpClient>('GeoIpClient', { lookup: answering(async () => NOT_FOUND) });
    expect(await new TracedGeoIpClient(inner).lookup(ADDRESS, NEVER, freely)).toBe(NOT_FOUND);
  });
});
