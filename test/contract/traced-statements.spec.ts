import { Logger } from '@nestjs/common';
import { expect, it } from 'vitest';
import { newTimeOrderedId, writesTo } from '#libs/platform';
import { storedEvent } from '../../libs/events/src/testing/sample-events.js';
import { RecordedSpans } from '../../libs/platform/src/testing/recorded-spans.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';

Logger.overrideLogger(false);

const ADDRESS = '81.2.69.142';

it.each(DATABASE_KINDS)('statements on %s are told of by what they do and the table, without a value', async (kind) => {
  const recorded = new RecordedSpans();
  const database = await openFreshDatabase(kind);
  const events = eventRepositoryOn(database);
  const event = storedEvent({ taskId: newTimeOrderedId(), name: 'event-name', sourceIp: ADDRESS, lookupKey: ADDRESS });
  await events.findMany([event.taskId]);
  expect(recorded.ended).toEqual([]);
  await recorded.during('request', async () => {
    await events.insert([event]);
    expect(await events.find(event.taskId)).toMatchObject({ name: 'event-name' });
    await Promise.all([events.existing([event.taskId]), events.newestTaskId()]);
    await events.settleWaiting(ADDRESS, { status: 'unlocatable', code: 'not_found', attempts: 1 });
    await writesTo(database)(`INSERT INTO event (task_id) VALUES ('${event.taskId}')`, []).catch(() => {});
    await database.query(`SELECT nothing FROM nowhere WHERE name = '${ADDRESS}'`).catch(() => {});
  });
  const told = recorded.ended.filter(({ parent }) => parent === 'request');
  expect(new Set(told.map(({ name }) => name))).toEqual(
    new Set(['INSERT event', 'SELECT event', 'UPDATE event', 'SELECT nowhere']),
  );
  expect(told.filter(({ name }) => name === 'SELECT event').length).toBeGreaterThanOrEqual(3);
  expect(told[0]?.attributes).toEqual({
    'db.system.name': kind === 'sqlite' ? 'sqlite' : 'mysql',
    'db.operation.name': 'INSERT',
    'db.collection.name': 'event',
  });
  expect(told.map(({ name, isFailed }) => [name, isFailed]).filter(([, isFailed]) => isFailed)).toEqual([
    ['INSERT event', true],
    ['SELECT nowhere', true],
  ]);
  expect(JSON.stringify(recorded.ended)).not.toMatch(new RegExp(`${ADDRESS}|event-name|${event.taskId}`));
});
