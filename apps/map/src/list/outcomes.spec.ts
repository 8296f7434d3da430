import { describe, expect, it } from 'vitest';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { Outcomes } from './outcomes.js';

const id = (index: number) => ({ task_id: `id-${index}` });

function tell(outcomes: Outcomes, from: number, to: number): void {
  for (let index = from; index < to; index++) outcomes.latest(locatedEvent(id(index)));
  outcomes.forget();
}

const statusOf = (outcomes: Outcomes, index: number) => outcomes.latest(sampleEvent(id(index))).location_status;

describe('Outcomes', () => {
  it('are known of all that was told since an answer was asked for, however many', async () => {
    const outcomes = new Outcomes();
    const status = await outcomes.during(async () => {
      for (let from = 0; from < 25_000; from += 100) tell(outcomes, from, from + 100);
      return statusOf(outcomes, 0);
    });
    expect(status).toBe('located');
    tell(outcomes, 25_000, 25_001);
    expect([statusOf(outcomes, 0), statusOf(outcomes, 24_501)]).toEqual(['pending', 'located']);
  });

  it('are forgotten that were told before the oldest of what is asked for', async () => {
    const outcomes = new Outcomes();
    tell(outcomes, 0, 1_000);
    await outcomes.during(async () => tell(outcomes, 1_000, 2_000));
    expect([statusOf(outcomes, 999), statusOf(outcomes, 1_000)]).toEqual(['pending', 'located']);
  });

  it('are forgotten also where what was asked for has failed', async () => {
    const outcomes = new Outcomes();
    const away = outcomes.during(() => Promise.reject(new Error('away')));
    await expect(away).rejects.toThrow('away');
    tell(outcomes, 0, 1_000);
    expect(statusOf(outcomes, 0)).toBe('pending');
  });
});
