import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LookupRequests } from '#libs/events';
import type { WaitingKey } from '../../libs/events/src/persistence/key-walk.js';
import { DATABASE_KINDS } from '../support/fresh-database.js';
import { openFreshDatabase } from '../support/open-database.js';
import { CoalescingWorld, type Variation } from './coalescing-world.js';
import { everySchedule, scheduleFrom } from './turnstile.js';

Logger.overrideLogger(false);

/**
 * All the orders in which the steps of two actors can go. Event A waits in the database and its job is about to begin; a
 * second event of the same key goes through its steps (first look, insert, second look, then settle or request, where
 * they are needed) while the job goes through its own (find, ask, answer, store, settle, end).
 */
const SCHEDULES_OF_TWO = 261;
const RANDOM_SCHEDULES = 150;

/** Asks without looking into the cache again: what the service must not do. */
class WithoutSecondLook extends LookupRequests {
  override async ask(waiting: readonly WaitingKey[]): Promise<void> {
    await this['queue'].request(waiting);
  }
}

let network = 0;

/** Addresses of a /64 that no other schedule uses, so that schedules can share a database. */
function addresses(): string[] {
  network++;
  return ['1', '2', '3', '4'].map((host) => `2a00:1450:4009:${network.toString(16)}::${host}`);
}

/** Runs every schedule of a second submission and the job of a first. @returns how many, and what they came to */
async function everyScheduleOfTwo(
  dataSource: DataSource,
  variation: Variation,
  check: (world: CoalescingWorld) => Promise<void>,
): Promise<number> {
  return everySchedule(async (choose) => {
    const world = new CoalescingWorld(dataSource, variation);
    const [a = '', b = ''] = addresses();
    await world.submitAtOnce(a);
    world.submit('b', b);
    await world.run(choose);
    await check(world);
  });
}

describe.each(DATABASE_KINDS)('lookups and submissions of one key on %s', (kind) => {
  let dataSource: DataSource;

  beforeAll(async () => {
    dataSource = await openFreshDatabase(kind);
  });

  it(`leave no event pending and cost one lookup, in each of ${SCHEDULES_OF_TWO} schedules`, async () => {
    const seen = new Set<string>();
    const schedules = await everyScheduleOfTwo(dataSource, {}, async (world) => {
      const steps = world.turnstile.taken.join(', ');
      seen.add(steps);
      expect(await world.pending(), steps).toEqual([]);
      expect(world.client.calls, steps).toBe(1);
      const [a, b] = await world.submitted();
      expect(a?.location).toMatchObject({ status: 'located', place: { city: 'London' } });
      expect(b?.location).toEqual(a?.location);
    });
    expect(schedules).toBe(SCHEDULES_OF_TWO);
    expect(seen.size).toBe(schedules);
  });

  it(`do so with three submissions and steps that go at the same time, in ${RANDOM_SCHEDULES} random schedules`, async () => {
    const numbers = fc.array(fc.nat({ max: 999 }), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(numbers, async (schedule) => {
        const world = new CoalescingWorld(dataSource);
        const [a = '', b = '', c = ''] = addresses();
        world.submit('a', a);
        world.submit('b', b);
        world.submit('c', c);
        await world.run(scheduleFrom(schedule));
        const steps = world.turnstile.taken.join(', ');
        expect(await world.submitted(), steps).toHaveLength(3);
        expect(await world.pending(), steps).toEqual([]);
        expect(world.client.calls, steps).toBe(1);
      }),
      { numRuns: RANDOM_SCHEDULES },
    );
  });
});

describe.each(DATABASE_KINDS)('a restart amid lookups and submissions of one key on %s', (kind) => {
  it(`strands no event and pays again only for what was in flight, in ${RANDOM_SCHEDULES} random schedules`, async () => {
    const dataSource = await openFreshDatabase(kind);
    let paidTwice = 0;
    const numbers = fc.array(fc.nat({ max: 999 }), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(numbers, async (schedule) => {
        const world = new CoalescingWorld(dataSource);
        const [a = '', b = '', c = '', d = ''] = addresses();
        await world.submitAtOnce(a);
        world.submit('b', b);
        world.submit('c', c);
        world.restart(d);
        // One step at a time: a step that goes together with the end of its process would go on after it.
        let place = 0;
        await world.run((waiting) => [(schedule[place++ % schedule.length] ?? 0) % waiting.length]);
        const steps = world.turnstile.taken.join(', ');
        expect(await world.pending(), steps).toEqual([]);
        expect(world.client.calls, steps).toBe(1 + world.paidInVain);
        paidTwice += world.paidInVain;
      }),
      { numRuns: RANDOM_SCHEDULES },
    );
    expect(paidTwice).toBeGreaterThan(0);
  });
});

describe('the order of the steps', () => {
  let dataSource: DataSource;

  beforeEach(async () => {
    dataSource = await openFreshDatabase('sqlite');
  });

  it('would strand an event if it had no second look', async () => {
    // The job stores and settles between the event's first look and its INSERT, and has not ended when the event asks
    // for a lookup: the settling came too early for the event, and its request is taken for the one under way.
    let stranded = 0;
    const stepsOf = new Set<string>();
    await everyScheduleOfTwo(dataSource, { Requests: WithoutSecondLook }, async (world) => {
      if ((await world.pending()).length === 0) return;
      stranded++;
      stepsOf.add(
        world.turnstile.taken.filter((step) => /store|settle|b: (first|insert|request)|end/.test(step)).join(', '),
      );
    });
    expect(stranded).toBeGreaterThan(0);
    expect(stepsOf).toContain('b: first look, job: store, job: settle, b: insert, b: request, job: end');
  });

  it('would strand an event if the outcome were written to the events first and to the cache second', async () => {
    // The event is inserted after the settling, and looks a second time before the cache knows.
    let stranded = 0;
    await everyScheduleOfTwo(dataSource, { eventsBeforeCache: true }, async (world) => {
      if ((await world.pending()).length > 0) stranded++;
    });
    expect(stranded).toBeGreaterThan(0);
  });

  it('is the same for a failure, which the cache keeps until the next attempt', async () => {
    await everyScheduleOfTwo(dataSource, { answer: { kind: 'rejected' } }, async (world) => {
      const steps = world.turnstile.taken.join(', ');
      expect(
        (await world.submitted()).map(({ location }) => location.status),
        steps,
      ).toEqual(['failed', 'failed']);
      expect(world.client.calls, steps).toBe(1);
    });
  });
});
