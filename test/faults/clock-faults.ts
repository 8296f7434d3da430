import { expect } from 'vitest';
import type { Chance } from './chance.js';
import type { Evidence, Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import type { SteppedClock } from './stepped-clock.js';

const LONGEST_STEPPED_MS = 5_000;
const STEP_MINUTES = 60;

/** Faults of the wall clock. */
export function clockFaults(clock: SteppedClock): readonly Fault[] {
  const stepped = (minutes: number) => ({
    async strike(_world: FaultWorld, chance: Chance) {
      await clock.step(minutes);
      await chance.pause(LONGEST_STEPPED_MS);
      await clock.step(0);
    },
    expectStruck(evidence: Evidence) {
      expect(stepsOf(evidence)).toEqual(new Set([0, minutes]));
    },
  });
  return [
    { name: 'the clock an hour ahead, and right again', ...stepped(STEP_MINUTES) },
    { name: 'the clock an hour back, and right again', ...stepped(-STEP_MINUTES) },
  ];
}

/**
 * By how many minutes the times of receipt differ from those of sending, to a whole step. Without events that have an
 * Idempotency-Key: theirs is the time in their id, and ids do not follow a clock that is set back.
 */
function stepsOf({ entries, stored }: Evidence): Set<number> {
  const unkeyed = entries.filter(({ repeats }) => repeats === undefined);
  const sentAtMs = new Map(unkeyed.map((entry) => [entry.name, performance.timeOrigin + entry.sentAtMs]));
  const steps = stored.flatMap(({ name, receivedAtMs }) => {
    const sentAt = sentAtMs.get(name);
    return sentAt === undefined ? [] : [(receivedAtMs - sentAt) / 60_000];
  });
  // Adding 0 makes -0 what it is taken for.
  return new Set(steps.map((minutes) => Math.round(minutes / STEP_MINUTES) * STEP_MINUTES + 0));
}
