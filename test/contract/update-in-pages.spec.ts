import { describe, expect, it } from 'vitest';
import { EventEntity } from '#libs/events';
import { writesInTurnTo } from '#libs/platform';
import { locationColumns } from '../../libs/events/src/persistence/event-row.js';
import { updateInPages } from '../../libs/events/src/persistence/update-in-pages.js';
import { ManualClock } from '../../libs/platform/src/testing/manual-clock.js';
import { eventRepositoryOn } from '../support/event-repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { LONDON, pendingFrom } from './stored-events.js';

const WAITED_MS = 90_000;

describe.each(DATABASE_KINDS)('an update of events, %s', (kind) => {
  it('says that they were settled when its turn had come, not when it began to wait for that', async () => {
    const dataSource = await openFreshDatabase(kind);
    const rows = dataSource.getRepository(EventEntity);
    const [event] = pendingFrom('81.2.69.142');
    await eventRepositoryOn(dataSource).insert(event === undefined ? [] : [event]);
    const clock = new ManualClock();
    const turnMs = clock.nowMs() + WAITED_MS;
    const write = writesInTurnTo(dataSource);
    const changed: string[] = [];
    const updated = await updateInPages(
      {
        rows,
        clock,
        write: async (build) => {
          clock.advance(WAITED_MS);
          return write(build);
        },
        isListenedTo: () => true,
        onChanged: (taskIds) => changed.push(...taskIds),
      },
      { index: 'event_by_waiting_key', sought: { lookupKey: '81.2.69.142', locationStatus: 'pending' } },
      { columns: locationColumns(LONDON), isOutcome: true },
    );
    expect([updated, changed]).toEqual([1, [event?.taskId]]);
    expect(await rows.find()).toMatchObject([{ locationStatus: 'located', settledAtMs: turnMs }]);
  });
});
