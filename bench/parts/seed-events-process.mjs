// Fills a database with events that the service could have stored: names and addresses as life brings them (Zipf-like),
// real places of these addresses, received at even distances in the last thirty days.
// Arguments: database url, number of events, and `indexed` where the indices shall be there meanwhile. Prints its progress, and as its last line one of JSON.
import { Logger } from '@nestjs/common';
import { Places } from '../../dist/apps/geoip-stand-in/src/places.js';
import { DATABASE_SCHEMA } from '../../dist/apps/whence/src/database-schema.js';
import { EventEntity, EventRepository, InProcessEventFeed } from '../../dist/libs/events/src/index.js';
import { AddressRetention } from '../../dist/libs/geolocation/src/index.js';
import { loadSettings, openDataSource, SystemClock, writesTo } from '../../dist/libs/platform/src/index.js';
import { seededRandom, zipfDraws } from '../measure/zipf.ts';
import { withoutIndices } from './without-indices.mjs';

const [databaseUrl, count] = [process.argv[2], Number(process.argv[3])];
const [SEED, GROUP, ADDRESSES, NAMES, EXPONENT] = [20_261_124, 2_000, 20_000, 1_000, 1.1];
const [THIRTY_DAYS_MS, SAY_EVERY] = [30 * 86_400_000, 250_000];
const STATUS_CODES = [0, 0, 0, 0, 1, 1, 2, 3, 404, 500];
const random = seededRandom(SEED);

Logger.overrideLogger(false);
const settings = loadSettings({ DATABASE_URL: databaseUrl });
const dataSource = await openDataSource(settings.database, DATABASE_SCHEMA);
const rows = dataSource.getRepository(EventEntity);
const events = new EventRepository(rows, new InProcessEventFeed(), new SystemClock(), new AddressRetention(settings));
const sources = await drawSources();
const nowMs = Date.now();
const write = writesTo(dataSource);
const isIndexed = process.argv[4] === 'indexed';
await (isIndexed ? store() : withoutIndices(dataSource, write, store));
// As a server does by itself after a while.
await write(databaseUrl.startsWith('mysql:') ? 'ANALYZE TABLE event' : 'ANALYZE', []);
await dataSource.destroy();
console.log(JSON.stringify({ events: count }));
process.exit(0);

async function store() {
  for (let first = 0; first < count; first += GROUP) {
    await events.insert(groupFrom(first, Math.min(GROUP, count - first)));
    if (first > 0 && first % SAY_EVERY === 0) console.log(`${first} events`);
  }
  if (!isIndexed) console.log('indices');
}

/** Public addresses with what is known of their places; one in forty is known nowhere. */
async function drawSources() {
  const places = await Places.open();
  const found = [];
  while (found.length < ADDRESSES) {
    const bytes = Array.from({ length: 4 }, () => Math.floor(random() * 223) + 1);
    const sourceIp = bytes.join('.');
    const place = places.find(sourceIp);
    if (place !== null || random() < 1 / 40) found.push({ sourceIp, location: locationOf(place) });
  }
  return found;
}

function locationOf(place) {
  if (place === null) return { status: 'unlocatable', code: 'not_found', attempts: 1 };
  const { country_code: countryCode, country, region, city, latitude, longitude, timezone } = place;
  const columns = { countryCode, country, region, city, latitude, longitude, timezone };
  return { status: 'located', place: columns, source: 'geoip-api', lookedUpAtMs: Date.now() };
}

function groupFrom(first, size) {
  const addresses = zipfDraws(size, ADDRESSES, EXPONENT, random);
  const names = zipfDraws(size, NAMES, EXPONENT, random);
  return addresses.map((address, index) => eventAt(first + index, sources[address], names[index]));
}

function eventAt(index, { sourceIp, location }, name) {
  const receivedAtMs = Math.floor(nowMs - THIRTY_DAYS_MS + (index * THIRTY_DAYS_MS) / count);
  return {
    taskId: taskIdAt(receivedAtMs, index),
    receivedAtMs,
    occurredAtMs: null,
    name: `Event of kind ${name}`,
    statusCode: STATUS_CODES[index % STATUS_CODES.length],
    attributes: {},
    sourceIp,
    lookupKey: sourceIp,
    // The last ones still wait.
    location: count - index <= count / 1_000 ? { status: 'pending' } : location,
  };
}

function taskIdAt(timeMs, index) {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
