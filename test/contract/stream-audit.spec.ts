import { Logger } from '@nestjs/common';
import type { DataSource, Repository } from 'typeorm';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { EventEntity, EventRepository, STREAM_LIMITS } from '#libs/events';
import { writesTo } from '#libs/platform';
import type { StoredEvent } from '../../libs/events/src/domain/event.js';
import { InProcessEventFeed } from '../../libs/events/src/feed/in-process-event-feed.js';
import { EventTrail } from '../../libs/events/src/persistence/event-trail.js';
import { StreamAudit } from '../../libs/events/src/stream/stream-audit.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { addressRetention } from '../support/address-retention.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { storeReserved } from './reserved-event.js';
import { statementsOf } from './statement-recorder.js';
import { LONDON, storedEvent } from './stored-events.js';
import { taskIdAt } from './task-id-at.js';

Logger.overrideLogger(false);

const KEY = '81.2.69.142';

describe.each(DATABASE_KINDS)('StreamAudit on %s', (kind) => {
  let dataSource: DataSource;
  let rows: Repository<EventEntity>;
  let events: EventRepository;
  let audit: StreamAudit;
  let clock: ManualClock;
  let made = 0;

  beforeEach(async () => {
    clock = new ManualClock();
    dataSource = await openFreshDatabase(kind);
    rows = dataSource.getRepository(EventEntity);
    // Whoever commits and is killed before it publishes.
    events = new EventRepository(rows, new InProcessEventFeed(), clock, addressRetention());
    audit = new StreamAudit(new EventTrail(rows), clock, STREAM_LIMITS);
  });

  function eventNow(parts: Partial<StoredEvent> = {}): StoredEvent {
    return storedEvent({ taskId: taskIdAt(clock.nowMs(), made++), receivedAtMs: clock.nowMs(), ...parts });
  }

  async function inserted(count = 1): Promise<string[]> {
    const stored = Array.from({ length: count }, () => eventNow());
    await events.insert(stored);
    return stored.map(({ taskId }) => taskId);
  }

  /** What each of so many checks finds, five seconds apart, as `kind id`. */
  async function checks(times: number): Promise<string[][]> {
    const found: string[][] = [];
    for (let time = 0; time < times; time++) {
      clock.advance(5_000);
      const { checkedMs, untold } = await audit.check();
      expect(checkedMs).toBe(clock.nowMs());
      found.push(untold.flatMap((message) => message.taskIds.map((taskId) => `${message.kind} ${taskId}`)));
    }
    return found;
  }

  it('finds once what was accepted and never published, when its commit must have ended', async () => {
    await inserted();
    await audit.begin();
    const [heard] = await inserted();
    audit.note({ kind: 'accepted', taskIds: [heard ?? ''] });
    const [lost] = await inserted();
    expect(await checks(5)).toEqual([[], [], [`accepted ${lost}`], [], []]);
  });

  it('finds once what was committed late', async () => {
    await audit.begin();
    const late = eventNow();
    expect(await checks(1)).toEqual([[]]);
    await events.insert([late]);
    expect(await checks(3)).toEqual([[], [`accepted ${late.taskId}`], []]);
    expect((await checks(13)).flat()).toEqual([]);
  });

  it('finds outcomes that were written and never published, also the second of an event', async () => {
    const [before, twice, once] = [eventNow(), eventNow(), eventNow({ lookupKey: 'other' })];
    await events.insert([before, twice, once]);
    await audit.begin();
    await events.settlePending('other', { ...LONDON, source: 'mmdb' });
    audit.note({ kind: 'settled', taskIds: [once.taskId] });
    clock.advance(3_000);
    await writesTo(dataSource)('UPDATE event SET settled_at = ? WHERE task_id = ?', [clock.nowMs(), once.taskId]);
    await events.settleWaiting(KEY, LONDON);
    const found = (await checks(14)).flat();
    expect(found.filter((text) => text.startsWith('settled')).sort()).toEqual(
      [before, twice, once].map(({ taskId }) => `settled ${taskId}`).sort(),
    );
  });

  it('finds once what was stored late and never published, and no outcome that it did not have', async () => {
    const reserved = () => taskIdAt(clock.nowMs() - 3_600_000, made++);
    const [before, heard, lost, known] = [reserved(), reserved(), reserved(), reserved()];
    await storeReserved(events, clock, before);
    await audit.begin();
    for (const [taskId, location] of [[heard], [lost], [known, LONDON]] as const)
      await storeReserved(events, clock, taskId, location);
    audit.note({ kind: 'accepted', taskIds: [heard] });
    const found = (await checks(13)).flat().sort();
    expect(found).toEqual([`accepted ${known}`, `accepted ${lost}`].sort());
    await events.settlePending(KEY, LONDON);
    expect((await checks(13)).flat().sort()).toEqual([before, heard, lost].map((taskId) => `settled ${taskId}`).sort());
  });

  it('finds what was stored late also where an outcome came before the check', async () => {
    await audit.begin();
    const taskId = taskIdAt(clock.nowMs() - 3_600_000, made++);
    await storeReserved(events, clock, taskId);
    clock.advance(50_000);
    await events.settlePending(KEY, LONDON);
    expect((await checks(13)).flat()).toEqual([`accepted ${taskId}`, `settled ${taskId}`]);
  });

  it('takes for told what happened before it began', async () => {
    await inserted(1_200);
    await events.settleWaiting(KEY, LONDON);
    await audit.begin();
    expect((await checks(15)).flat()).toEqual([]);
  });

  it('finds everything after the database was away for a while', async () => {
    await audit.begin();
    const lost = await inserted(1_200);
    clock.advance(600_000);
    expect((await checks(1)).flat()).toEqual(lost.map((taskId) => `accepted ${taskId}`));
  });

  it('gives up where the database does not answer in time, and looks at it all the next time', async () => {
    const trail = new EventTrail(rows);
    audit = new StreamAudit(trail, clock, { ...STREAM_LIMITS, longestReadMs: 2_000 });
    await audit.begin();
    const [lost] = await inserted();
    clock.advance(15_000);
    const hanging = vi.spyOn(trail, 'acceptedIds').mockReturnValue(new Promise(() => {}));
    await expect(audit.check()).rejects.toThrow('not answered within 2000 ms');
    hanging.mockRestore();
    expect((await audit.check()).untold).toEqual([{ kind: 'accepted', taskIds: [lost] }]);
  });

  it('reads no more than the seconds that became certain', async () => {
    await inserted(300);
    await audit.begin();
    clock.advance(60_000);
    await audit.check();
    clock.advance(5_000);
    const statements = await statementsOf(dataSource, () => audit.check());
    expect(statements).toHaveLength(2);
    for (const { sql, parameters } of statements) {
      const explain = kind === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
      const plan = JSON.stringify(await dataSource.query(sql.replace('SELECT', `${explain} SELECT`), parameters));
      expect(plan).toMatch(sql.includes('settled_at') ? /event_by_settled_at/ : /PRIMARY/);
    }
  });
});
