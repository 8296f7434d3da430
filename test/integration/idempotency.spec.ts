import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { ReservationEntity, ReservationRepository } from '#libs/events';
import { writesTo } from '#libs/platform';
import type { ReservationId } from '../../libs/events/src/submit/idempotency/reservation.repository.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { type Fate, FATES, IdempotencyWorld } from './idempotency-world.js';
import { everySchedule, scheduleFrom, scheduleOf } from './turnstile.js';

Logger.overrideLogger(false);

const RANDOM_SCHEDULES = 150;
const HOUR_MS = 3_600_000;
/** Longer than any writer that lives may take. */
const LEASE_MS = 15_000;

/** Whatever happened: one body at most was accepted, under one id, by one owner at most, and is stored once. */
async function expectOneAnswer(world: IdempotencyWorld): Promise<void> {
  const steps = `${world.turnstile.taken.join(', ')} -> ${JSON.stringify(world.told)}`;
  const accepted = world.accepted();
  const stored = await world.stored();
  expect(stored.length, steps).toBeLessThanOrEqual(1);
  expect(new Set(accepted.map(({ taskId, body }) => `${body} ${taskId}`)).size, steps).toBeLessThanOrEqual(1);
  for (const { taskId } of accepted)
    expect(
      stored.map((event) => event.taskId),
      steps,
    ).toEqual([taskId]);
  expect(accepted.filter(({ isReplay }) => !isReplay).length, steps).toBeLessThanOrEqual(1);
}

/** Hundreds of schedules, each a few dozen statements. */
const PATIENCE = { timeout: 180_000 };

describe.each(DATABASE_KINDS)('requests with one Idempotency-Key on %s', PATIENCE, (kind) => {
  let dataSource: DataSource;

  beforeAll(async () => {
    dataSource = await openFreshDatabase(kind);
  });

  /** Every schedule of two processes. @returns what the two were told, each combination once */
  async function twoProcesses(bodies: readonly [string, string], fate: Fate = 'lives'): Promise<Set<string>> {
    const outcomes = new Set<string>();
    let schedules = 0;
    await everySchedule(async (choose) => {
      const world = new IdempotencyWorld(dataSource);
      world.submit('a', bodies[0], fate);
      world.submit('b', bodies[1]);
      await world.run(choose);
      await expectOneAnswer(world);
      const told = world.told.toSorted((one, other) => (one.actor < other.actor ? -1 : 1));
      outcomes.add(told.map(({ code, isReplay }) => code ?? (isReplay ? 'replay' : 'own')).join(', '));
      // The key goes on as it was left: the body that was accepted is replayed, and no other accepted.
      const [accepted] = world.accepted();
      if (accepted === undefined) expect((await world.submitAtOnce(bodies[0])).code).toBeNull();
      else if (schedules++ % 2 === 0) {
        expect(await world.submitAtOnce(accepted.body)).toMatchObject({ taskId: accepted.taskId, isReplay: true });
      } else expect(await world.submitAtOnce('another')).toMatchObject({ code: 'idempotency_key_reused' });
      await expectOneAnswer(world);
    });
    return outcomes;
  }

  it('have one owner and one replay where both have the same body, in every schedule', async () => {
    expect(await twoProcesses(['x', 'x'])).toEqual(new Set(['own, replay', 'replay, own']));
  });

  it('have one owner and one refusal where the bodies differ, in every schedule', async () => {
    const reused = 'idempotency_key_reused';
    expect(await twoProcesses(['x', 'y'])).toEqual(new Set([`own, ${reused}`, `${reused}, own`]));
  });

  it('are answered where the INSERT of one fails, in every schedule', async () => {
    const outcomes = await twoProcesses(['x', 'x'], 'fails');
    for (const outcome of outcomes) expect(outcome).toMatch(/(own|replay)$/);
    expect(outcomes).toContain('storage_unavailable, own');
  });

  it('leave the key to another body where the INSERT of the first fails, in every schedule', async () => {
    const outcomes = await twoProcesses(['x', 'y'], 'fails');
    expect(outcomes).toContain('storage_unavailable, own');
    expect(outcomes).toContain('storage_unavailable, idempotency_key_reused');
  });

  it(`keep all promises with four processes and two bodies, whatever befalls them, in ${RANDOM_SCHEDULES} random schedules`, async () => {
    const processes = fc.array(
      fc.record({ body: fc.constantFrom('x', 'x', 'y'), fate: fc.constantFrom('lives', ...FATES) }),
      {
        minLength: 4,
        maxLength: 4,
      },
    );
    const numbers = fc.array(fc.nat({ max: 999 }), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(processes, numbers, async (all, schedule) => {
        const world = new IdempotencyWorld(dataSource);
        for (const [index, { body, fate }] of all.entries()) world.submit(`process ${index}`, body, fate);
        await world.run(scheduleFrom(schedule));
        await expectOneAnswer(world);
      }),
      { numRuns: RANDOM_SCHEDULES },
    );
  });

  describe('when the owner', () => {
    it('is refused by the database, leave the key to any body at once', async () => {
      for (const body of ['x', 'y']) {
        const world = new IdempotencyWorld(dataSource);
        expect(await world.submitAtOnce('x', 'fails')).toMatchObject({ code: 'storage_unavailable' });
        expect(await world.submitAtOnce(body)).toMatchObject({ code: null, isReplay: false });
        await expectOneAnswer(world);
      }
    });

    it('dies between the reservation and the event, go on with its body at once, with another after a while', async () => {
      const same = new IdempotencyWorld(dataSource);
      await same.submitAtOnce('x', 'hangs');
      expect(await same.submitAtOnce('x')).toMatchObject({ code: null, isReplay: true });

      const other = new IdempotencyWorld(dataSource);
      await other.submitAtOnce('x', 'hangs');
      other.clock.advance(LEASE_MS - 1);
      expect(await other.submitAtOnce('y')).toMatchObject({ code: 'idempotency_key_reused' });
      other.clock.advance(1);
      expect(await other.submitAtOnce('y')).toMatchObject({ code: null, isReplay: false });
      expect(await other.submitAtOnce('x')).toMatchObject({ code: 'idempotency_key_reused' });
      await expectOneAnswer(other);
    });

    it.each(['hangs, stores', 'dies after'] as const)(
      '%s, find the event and keep the key for its body',
      async (fate) => {
        const world = new IdempotencyWorld(dataSource);
        await world.submitAtOnce('x', fate);
        world.clock.advance(HOUR_MS);
        expect(await world.submitAtOnce('y')).toMatchObject({ code: 'idempotency_key_reused' });
        expect(await world.submitAtOnce('x')).toMatchObject({ code: null, isReplay: true });
        await expectOneAnswer(world);
      },
    );
  });

  it('store an erased event no second time', async () => {
    for (const fate of ['lives', 'dies after'] as const) {
      const world = new IdempotencyWorld(dataSource);
      const { taskId } = await world.submitAtOnce('x', fate);
      // Whoever died could not say that it is stored; the first repeat says so.
      if (fate === 'dies after') await world.submitAtOnce('x');
      await writesTo(dataSource)('DELETE FROM event WHERE task_id = ?', [taskId]);
      expect(await world.submitAtOnce('x')).toMatchObject({ taskId, isReplay: true });
      expect(await world.stored()).toEqual([]);
    }
  });

  it('begin anew after 24 hours, with any body, and one of them owns the key', async () => {
    for (const body of ['x', 'y']) {
      const world = new IdempotencyWorld(dataSource);
      const first = await world.submitAtOnce('x');
      world.clock.advance(24 * HOUR_MS - 1);
      expect(await world.submitAtOnce('x')).toEqual({ ...first, isReplay: true });
      world.clock.advance(1);
      for (const actor of ['a', 'b', 'c']) world.submit(actor, body);
      await world.run(scheduleFrom([3, 1, 7, 6, 2, 9, 5]));
      const anew = world.told.slice(-3);
      expect(new Set(anew.map(({ taskId }) => taskId)).size).toBe(1);
      expect(anew[0]?.taskId).not.toBe(first.taskId);
      expect(anew.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
      expect(await world.stored()).toHaveLength(2);
    }
  });

  it('would be accepted with two bodies if a failure released what repeats share', async () => {
    /** Releases whoever else is about to write: what the service must not do. */
    class ReleasesAll extends ReservationRepository {
      override async release(reservations: readonly ReservationId[]): Promise<void> {
        const firstTaskIds = reservations.map(({ firstTaskId }) => firstTaskId);
        await writesTo(dataSource)(
          `UPDATE idempotency_reservation SET state = 'released' WHERE first_task_id = ?`,
          firstTaskIds,
        );
      }
    }
    const sharing = ['b: share', 'b: reserve', 'b: find', 'b: look'];
    const overtaking = ['c: reserve', 'c: find', 'c: look', 'c: begin', 'c: store', 'b: store'];
    const schedule = [
      'a: reserve',
      'a: find',
      'b: reserve',
      'b: find',
      ...sharing,
      'a: store',
      'a: release',
      ...overtaking,
    ];
    const world = new IdempotencyWorld(dataSource, new ReleasesAll(dataSource.getRepository(ReservationEntity)));
    world.submit('a', 'x', 'fails');
    world.submit('b', 'x');
    world.submit('c', 'y');
    await world.run(scheduleOf(...schedule));
    expect(world.accepted().map(({ body }) => body)).toEqual(expect.arrayContaining(['x', 'y']));
    expect(await world.stored()).toHaveLength(2);
  });
});
