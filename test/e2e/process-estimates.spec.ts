import { expect, describe, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { publicAddresses, WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { storeSettings, WAYS_TO_RUN } from './ways-to-run.js';

interface Estimated {
  readonly source_ip: string;
  readonly location_status: string;
  readonly estimated_located_at: string | null;
}

const ADDRESSES = 75;
const REQUESTS_PER_SECOND = 5;

/** From here on an error of one place is small beside the wait. */
const PLACES_LEFT_OUT = 10;

/** How long an answer usually takes, and being written: what an estimate adds to the turn. */
const USUAL_LOOKUP_MS = 400;

describe.each(WAYS_TO_RUN)('estimates, %s', (way) => {
  it('are right within a factor of 1.5 of what the order of lookups and the budget made of them', async () => {
    // Held against the order in which the lookups arrived, and not against a clock: a busy machine delays all of them, a
    // slow answer its own event, and it would answer 429 to requests that it notes too late, which pauses everything.
    const standIn = await StandInProcess.start({
      STAND_IN_REQUESTS_PER_SECOND: '1000',
      STAND_IN_LOG_REQUESTS: 'true',
      STAND_IN_HICCUP_SHARE: '0.1',
      STAND_IN_HICCUP_MAX_MS: '5000',
    });
    const whence = await WhenceProcess.start({ ...(await storeSettings(way)), GEOIP_URL: `${standIn.url}/{ip}` });
    const client = new WhenceClient(whence.url);
    await Promise.all(publicAddresses(ADDRESSES).map((address) => client.submit(address)));
    const events = async () => (await client.get<{ data: { events: Estimated[] } }>('/event/?limit=1000')).data.events;
    const lookedUp = () => standIn.logLines().flatMap(({ address }) => (typeof address === 'string' ? [address] : []));

    const before = lookedUp().length;
    const askedAtMs = Date.now();
    const pending = (await events()).filter(({ location_status }) => location_status === 'pending');
    expect(pending.length).toBeGreaterThan(40);
    const order = await eventually(
      () => {
        expect(new Set(lookedUp()).size).toBe(ADDRESSES);
        return lookedUp().slice(before);
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );

    const ratios = pending.flatMap(({ source_ip, estimated_located_at }) => {
      const places = order.indexOf(source_ip);
      if (places < PLACES_LEFT_OUT) return [];
      const estimateMs = Date.parse(estimated_located_at ?? '') - askedAtMs;
      return [estimateMs / ((places * 1_000) / REQUESTS_PER_SECOND + USUAL_LOOKUP_MS)];
    });
    expect(ratios.length).toBeGreaterThan(30);
    const shown = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
    expect(Math.min(...ratios), shown).toBeGreaterThanOrEqual(1 / 1.5);
    expect(Math.max(...ratios), shown).toBeLessThanOrEqual(1.5);
  });
});
