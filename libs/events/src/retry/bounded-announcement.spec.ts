import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LookupQueue } from '#libs/geolocation';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import { BoundedAnnouncement, LONGEST_ANNOUNCING_MS } from './bounded-announcement.js';

const REQUESTS = [{ key: '81.2.69.142', address: '81.2.69.142', events: 1 }];

describe('BoundedAnnouncement', () => {
  let request: () => Promise<void>;
  let asked: number;
  let announcement: BoundedAnnouncement;
  const warned = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    vi.useFakeTimers();
    warned.mockReset().mockReturnValue();
    asked = 0;
    request = async () => {};
    const queue = strictDouble<LookupQueue>('LookupQueue', {
      request: () => {
        asked++;
        return request();
      },
    });
    announcement = new BoundedAnnouncement(queue);
  });

  afterEach(() => void vi.useRealTimers());

  it('tells the queue again and again, and leaves no timer behind', async () => {
    await announcement.announce(REQUESTS);
    await announcement.announce(REQUESTS);
    expect([asked, vi.getTimerCount(), warned.mock.calls.length]).toEqual([2, 0, 0]);
  });

  it('waits so long for a queue that hangs, once for all that there is to tell', async () => {
    request = () => new Promise(() => {});
    let ended = false;
    const announced = announcement.announce(REQUESTS).then(() => (ended = true));
    await vi.advanceTimersByTimeAsync(LONGEST_ANNOUNCING_MS - 1);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await announced;
    await announcement.announce(REQUESTS);
    expect([asked, warned.mock.calls.length]).toEqual([1, 1]);
  });

  it('does not fail with the queue: SQL knows what is asked for', async () => {
    request = () => Promise.reject(new Error('out of memory'));
    await announcement.announce(REQUESTS);
    await announcement.announce(REQUESTS);
    expect([asked, warned.mock.calls.length]).toEqual([1, 1]);
  });
});
