import { seededRandom } from '../measure/zipf.js';

const SEED = 20_261_127;
const HOUR_MS = 3_600_000;

/** What the API would answer if a listing could have so many events: all of the last hour, and from everywhere. */
export function locatedEverywhere(count: number): object {
  const random = seededRandom(SEED);
  const nowMs = Date.now();
  const events = Array.from({ length: count }, (_, index) => ({
    task_id: `0199c5d8-7c6e-7b3a-9f10-${index.toString(16).padStart(12, '0')}`,
    name: `Event ${index % 20}`,
    status_code: index % 7,
    attributes: {},
    occurred_at: null,
    received_at: new Date(nowMs - (index * HOUR_MS) / count).toISOString(),
    source_ip: '81.2.69.142',
    location_status: 'located',
    location: {
      country_code: 'GB',
      country: null,
      region: null,
      city: `City ${Math.floor(random() * 2_000)}`,
      latitude: random() * 125 - 50,
      longitude: random() * 358 - 179,
      timezone: null,
      source: 'geoip-api',
      looked_up_at: new Date(nowMs).toISOString(),
    },
    estimated_located_at: null,
    location_error: null,
  }));
  return { status: 'success', data: { events, next_cursor: null } };
}
