import type { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { ReservationEntity, ReservationRepository } from '#libs/events';
import { firstTaskId } from '../../libs/events/src/domain/task-ids.js';
import type { DatabaseKind } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { statementsOf } from './statement-recorder.js';

const NOW_MS = 1_795_000_000_000;

let keys = 0;

/** A reservation as it begins; the parts that a test is about are given. */
function reservation(parts: Partial<ReservationEntity> = {}): ReservationEntity {
  const keyHash = (++keys).toString(16).padStart(64, '0');
  const times = { touchedAtMs: NOW_MS, createdAtMs: NOW_MS };
  return { keyHash, bodyHash: 'b'.repeat(64), firstTaskId: firstTaskId(), state: 'reserved', ...times, ...parts };
}

/** What the ReservationRepository does, whatever the database. */
export function reservationRepositoryContract(kind: DatabaseKind): void {
  describe(`the reservation repository on ${kind}`, () => {
    let dataSource: DataSource;
    let reservations: ReservationRepository;

    beforeEach(async () => {
      dataSource = await openFreshDatabase(kind);
      reservations = new ReservationRepository(dataSource.getRepository(ReservationEntity));
    });

    async function found(...expected: ReservationEntity[]): Promise<ReservationEntity[]> {
      const rows = await reservations.find(expected.map(({ keyHash }) => keyHash));
      return expected.flatMap(({ keyHash }) => rows.get(keyHash) ?? []).map((row) => ({ ...row }));
    }

    describe('insertIfAbsent', () => {
      it('keeps what is new and leaves what is there', async () => {
        const there = reservation();
        await reservations.insertIfAbsent([there]);
        const fresh = reservation();
        await reservations.insertIfAbsent([reservation({ keyHash: there.keyHash, bodyHash: 'other' }), fresh]);
        expect(await found(there, fresh)).toEqual([there, fresh]);
      });

      it('takes the first of several with one key', async () => {
        const first = reservation();
        const others = [1, 2, 3].map(() => reservation({ keyHash: first.keyHash }));
        await reservations.insertIfAbsent([first, ...others]);
        expect(await found(first)).toEqual([first]);
      });

      it('gives each key to one of many that come at once, in any order', async () => {
        const names = Array.from({ length: 100 }, () => reservation().keyHash);
        const groups = Array.from({ length: 20 }, (_, group) =>
          names.map((_, index) => reservation({ keyHash: names[(index * 7 + group * 13) % names.length] ?? '' })),
        );
        await Promise.all(groups.map((group) => reservations.insertIfAbsent(group)));
        const rows = await reservations.find(names);
        expect(rows.size).toBe(names.length);
        const given = new Set(groups.flat().map(({ firstTaskId }) => firstTaskId));
        for (const row of rows.values()) expect(given).toContain(row.firstTaskId);
      });
    });

    describe('replace', () => {
      it('puts another in the place of the one that was seen, once', async () => {
        const seen = reservation();
        await reservations.insertIfAbsent([seen]);
        const nexts = [1, 2, 3, 4].map(() => reservation({ keyHash: seen.keyHash, touchedAtMs: NOW_MS + 1 }));
        const replaced = await Promise.all(nexts.map((next) => reservations.replace(seen, next)));
        expect(replaced.filter((one) => one)).toHaveLength(1);
        expect(await found(seen)).toEqual([nexts[replaced.indexOf(true)]]);
      });

      it.each([
        ['state', { state: 'released' }],
        ['time of the last sign', { touchedAtMs: NOW_MS - 1 }],
        ['first id', { firstTaskId: firstTaskId() }],
        ['body', { bodyHash: 'c'.repeat(64) }],
        ['age', { createdAtMs: NOW_MS - 1 }],
      ] as const)('changes nothing where it has another %s by now', async (_what, parts) => {
        const there = reservation();
        await reservations.insertIfAbsent([there]);
        const next = reservation({ keyHash: there.keyHash });
        expect(await reservations.replace({ ...there, ...parts }, next)).toBe(false);
        expect(await found(there)).toEqual([there]);
      });
    });

    describe('share, release and complete', () => {
      const STATES = ['reserved', 'shared', 'released', 'completed'] as const;

      it.each([
        ['share', ['shared', 'shared', 'released', 'completed']],
        ['release', ['released', 'shared', 'released', 'completed']],
        ['complete', ['completed', 'completed', 'completed', 'completed']],
      ] as const)('%s changes the states that it may', async (change, expected) => {
        const rows = STATES.map((state) => reservation({ state }));
        const bystander = reservation();
        await reservations.insertIfAbsent([...rows, bystander]);
        if (change === 'share') await reservations.share(rows, NOW_MS);
        else await reservations[change](rows);
        expect((await found(...rows)).map(({ state }) => state)).toEqual(expected);
        expect(await found(bystander)).toEqual([bystander]);
      });

      it('leave alone what has another first id by now', async () => {
        const there = reservation();
        await reservations.insertIfAbsent([there]);
        const former = { ...there, firstTaskId: firstTaskId() };
        await reservations.share([former], NOW_MS + 1);
        await reservations.release([former]);
        await reservations.complete([former]);
        expect(await found(there)).toEqual([there]);
      });

      it('tell of the last sign, which never goes back', async () => {
        const there = reservation();
        await reservations.insertIfAbsent([there]);
        await reservations.share([there], NOW_MS + 5);
        await reservations.share([there], NOW_MS + 3);
        expect(await found(there)).toEqual([{ ...there, state: 'shared', touchedAtMs: NOW_MS + 5 }]);
      });
    });

    describe('purge', () => {
      it('forgets the oldest first, so many at a time, and none that is younger', async () => {
        const old = Array.from({ length: 25 }, (_, age) => reservation({ createdAtMs: NOW_MS - 1 - age }));
        const young = [reservation(), reservation({ createdAtMs: NOW_MS + 1 })];
        await reservations.insertIfAbsent([...old, ...young]);
        expect(await reservations.purge(NOW_MS, 10)).toBe(10);
        expect(await found(...old)).toEqual(old.slice(0, 15));
        expect([await reservations.purge(NOW_MS, 10), await reservations.purge(NOW_MS, 10)]).toEqual([10, 5]);
        expect(await reservations.purge(NOW_MS, 10)).toBe(0);
        expect(await found(...old, ...young)).toEqual(young);
      });

      it('finds them by an index', async () => {
        await reservations.insertIfAbsent([reservation()]);
        const [statement] = await statementsOf(dataSource, () => reservations.purge(NOW_MS, 10));
        if (statement === undefined) throw new Error('no statement');
        const explain = kind === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
        const plan = await dataSource.query(`${explain} ${statement.sql}`, statement.parameters);
        expect(JSON.stringify(plan)).toContain('idempotency_reservation_by_created_at');
      });
    });
  });
}
