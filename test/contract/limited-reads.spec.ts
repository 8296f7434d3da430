import { createConnection } from 'mysql2/promise';
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { EventEntity, EventSearch } from '#libs/events';
import { isDatabaseUnavailable } from '#libs/platform';
import { EventTrail } from '../../libs/events/src/persistence/event-trail.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { openDatabase } from '../support/open-database.js';
import { statementsOf } from './statement-recorder.js';
import { insertAll, storedEvent } from './stored-events.js';

const stored = Array.from({ length: 3 }, () => storedEvent());
const ALWAYS = { fromMs: 0, toMs: Infinity };
const taskIds = stored.map(({ taskId }) => taskId);

async function open(url: string) {
  const dataSource: DataSource = await openDatabase(url);
  const rows = dataSource.getRepository(EventEntity);
  const events = eventRepositoryOn(dataSource);
  await insertAll(events, stored);
  return { dataSource, events, search: new EventSearch(rows), trail: new EventTrail(rows) };
}

describe('what clients wait for, on MariaDB', () => {
  it('is ended by the server where it takes too long, each statement of it', async () => {
    const { dataSource, search, trail, events } = await open(await freshDatabaseUrl('mariadb'));
    const statements = await statementsOf(dataSource, async () => {
      const filter = { namePrefix: stored[0]?.name ?? '', statusCode: [2] };
      expect((await search.page({ filter, order: 'desc', limit: 10 })).events).toHaveLength(stored.length);
      expect(await events.findMany(taskIds)).toEqual(stored);
      expect(await events.find(taskIds[1] ?? '')).toEqual(stored[1]);
      expect(await events.newestTaskId()).toBe(taskIds.at(-1));
      expect(await events.existing([...taskIds, 'none'])).toEqual(new Set(taskIds));
      expect(await trail.acceptedIds(ALWAYS, '', 10)).toEqual(taskIds);
      // Their receipt is long ago.
      const outcomes = await trail.outcomes(ALWAYS, null, 10);
      expect(outcomes.map(({ taskId }) => taskId)).toEqual(taskIds);
      const settled = await trail.settledEvents(ALWAYS, null, 10);
      expect(settled).toEqual(stored.map((event, index) => ({ event, outcome: outcomes[index] })));
    });
    expect(statements.length).toBeGreaterThan(9);
    for (const { sql } of statements) expect(sql).toContain('max_statement_time = 5 FOR');
  });

  it('fails as a database that is away does', async () => {
    const url = await freshDatabaseUrl('mariadb');
    const { events, trail } = await open(url);
    const locker = await createConnection(url);
    try {
      await locker.query('LOCK TABLES event WRITE');
      const reads = [
        events.find(taskIds[0] ?? ''),
        events.findMany(taskIds),
        events.newestTaskId(),
        events.existing(taskIds),
        trail.acceptedIds(ALWAYS, '', 10),
        trail.outcomes(ALWAYS, null, 10),
        trail.settledEvents(ALWAYS, null, 10),
      ];
      for (const read of await Promise.allSettled(reads)) {
        expect(read).toMatchObject({ status: 'rejected', reason: { errno: 1969 } });
        expect(isDatabaseUnavailable((read as PromiseRejectedResult).reason)).toBe(true);
      }
    } finally {
      await locker.end();
    }
  });
});
