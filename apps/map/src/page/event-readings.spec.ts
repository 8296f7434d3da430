import { beforeEach, describe, expect, it } from 'vitest';
import { readState } from '../address/page-state.js';
import type { WhenceEvent } from '../api/event-types.js';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { EventReadings } from './event-readings.js';
import type { LiveEvents } from './live-events.js';
import type { PageData } from './page-data.js';
import type { Repeated } from './repeated.js';

const PENDING = sampleEvent();

/** A page of which the test says what it lacks, and which work is done when it is asked for. */
class PlayedPage {
  readonly asked: string[] = [];
  readonly work = new Map<string, () => Promise<void>>();
  readonly shown: unknown[] = [];
  inView: readonly WhenceEvent[] = [];
  live = this.liveOf(false);
  readonly readings: EventReadings;

  constructor() {
    const located = async () => [locatedEvent()];
    this.readings = new EventReadings({ located } as unknown as PageData, {
      repeated: (what, everyMs, work) => {
        expect(everyMs).toBeGreaterThanOrEqual(2_000);
        this.work.set(what, work);
        return {
          ask: () => this.asked.push(what),
          askNow: () => this.asked.push(`${what} now`),
          beginAnew: () => {},
        } as unknown as Repeated;
      },
      live: () => this.live,
      pendingInView: () => this.inView,
      onNewest: () => this.shown.push('newest'),
      onPoints: (points) => this.shown.push(...points),
    });
  }

  liveOf(needsReading: boolean, hasStopped = false): LiveEvents {
    const readNewest = async () => {};
    return { state: readState(''), list: { needsReading }, hasStopped, readNewest } as unknown as LiveEvents;
  }
}

describe('EventReadings', () => {
  let page: PlayedPage;
  beforeEach(() => {
    page = new PlayedPage();
  });

  it('read all at first, and points no more', async () => {
    page.readings.beginAnew();
    await page.work.get('points')?.();
    page.live = page.liveOf(true);
    page.readings.goOn();
    expect([page.asked, page.shown]).toEqual([['list now', 'points now', 'list'], [locatedEvent()]]);
  });

  it('read what the list lacks, and estimates while somebody may look at them', () => {
    page.readings.goOn();
    expect(page.asked).toEqual([]);
    page.live = page.liveOf(true);
    page.readings.goOn();
    page.live = page.liveOf(false);
    page.inView = [PENDING];
    page.readings.goOn();
    expect(page.asked).toEqual(['list', 'estimates']);
    page.live = page.liveOf(true, true);
    page.readings.goOn();
    expect(page.asked).toHaveLength(2);
  });

  it('show nothing that was read for another state of the page', async () => {
    for (const what of ['list', 'points']) {
      const working = page.work.get(what)?.();
      page.live = page.liveOf(false);
      await working;
    }
    expect(page.shown).toEqual([]);
  });
});
