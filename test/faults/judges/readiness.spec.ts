import { expect, it } from 'vitest';
import { type HealthSample, READINESS_MS, untrueReadiness } from './readiness.js';

const AWAY = { fromMs: 10_000, toMs: 30_000 };

function sample(ready: number | string, atMs: number, endedAtMs: number): HealthSample {
  return { process: 'api 1', atMs, endedAtMs, live: 200, ready };
}

const NOTICED_MS = AWAY.fromMs + READINESS_MS;
const BACK_MS = AWAY.toMs + READINESS_MS;

it.each([
  ['ready long after the database went away', 200, NOTICED_MS, NOTICED_MS + 10],
  ['ready until the database came back', 200, AWAY.toMs - 10, AWAY.toMs],
  ['not ready before the database went away', 503, AWAY.fromMs - 20, AWAY.fromMs - 1],
  ['not ready long after the database came back', 503, BACK_MS + 1, BACK_MS + 10],
  ['no answer while the database is there', 'ECONNRESET', 0, 10],
  ['no answer while it is away', 'ECONNRESET', 20_000, 20_010],
  ['an error while it is away', 500, 20_000, 20_010],
])('finds untrue: %s', (_what, ready, atMs, endedAtMs) => {
  const untrue = sample(ready, atMs, endedAtMs);
  expect(untrueReadiness([untrue], [AWAY])).toEqual([untrue]);
});

it.each([
  ['ready while the database is there', 200, 0, 10],
  ['ready where that may not be noticed yet', 200, NOTICED_MS - 1, NOTICED_MS + 10],
  ['ready where the database may have come back meanwhile', 200, AWAY.toMs - 10, AWAY.toMs + 1],
  ['not ready where the database may have gone meanwhile', 503, AWAY.fromMs - 20, AWAY.fromMs],
  ['not ready while the database is away', 503, 20_000, 20_010],
  ['not ready where its return may not be noticed yet', 503, BACK_MS, BACK_MS + 10],
])('lets pass: %s', (_what, ready, atMs, endedAtMs) => {
  expect(untrueReadiness([sample(ready, atMs, endedAtMs)], [AWAY])).toEqual([]);
});

it('finds what is not ready between two absences that are far enough apart', () => {
  const untrue = sample(503, BACK_MS + 1, BACK_MS + 10);
  expect(untrueReadiness([untrue], [AWAY, { fromMs: BACK_MS + 11, toMs: Infinity }])).toEqual([untrue]);
});
