import type { Fault } from './fault.js';
import type { FaultWorld } from './fault-world.js';
import type { SteppedClock } from './stepped-clock.js';

const LONGEST_STEPPED_MS = 5_000;

/** Faults of the wall clock. */
export function clockFaults(clock: SteppedClock): readonly Fault[] {
  const stepped = (minutes: number) => async (world: FaultWorld) => {
    await clock.step(minutes);
    await world.pause(LONGEST_STEPPED_MS);
    await clock.step(0);
  };
  return [
    { name: 'the clock an hour ahead, and right again', strike: stepped(60) },
    { name: 'the clock an hour back, and right again', strike: stepped(-60) },
  ];
}
