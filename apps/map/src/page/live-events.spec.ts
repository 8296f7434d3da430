import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readState } from '../address/page-state.js';
import type { ApiClient, Query } from '../api/api-client.js';
import { ApiError, unreachable } from '../api/api-error.js';
import type { EventPage } from '../api/event-types.js';
import { sampleEvent } from '../testing/sample-events.js';
import { LiveEvents } from './live-events.js';
import { PageData } from './page-data.js';

const NEWEST = { name: 'x', location_status: 'pending', limit: '50' };

/** A stream that tells its position, or none, and ends then. */
const endingStream = (text: string) => async () => new Response(text);

describe('LiveEvents', () => {
  let streams: (() => Promise<Response>)[];
  let queries: Query[];
  let readings: number;
  let stopsWhen: string;
  let cursor: string | null;
  /** What is answered instead of a page. */
  let answers: (() => Promise<EventPage>)[];
  let live: LiveEvents;

  beforeEach(() => {
    vi.useFakeTimers();
    cursor = null;
    [streams, queries, readings, stopsWhen, answers] = [[], [], 0, 'never', []];
    const api = {
      stream: () => streams.shift()?.() ?? new Promise(() => {}),
      get: async (_path: string, query: Query) => {
        queries.push(query);
        const answer = answers.shift();
        if (answer !== undefined) return answer();
        return { events: [sampleEvent({ estimated_located_at: '2026-11-23T18:05:00.000Z' })], next_cursor: cursor };
      },
    } as unknown as ApiClient;
    live = new LiveEvents(readState('?name=x&location_status=pending&range=all'), api, new PageData(api), {
      onState: ({ kind }) => {
        if (kind === stopsWhen) live.stop();
      },
      onBatch: () => {},
      onList: () => {},
      onReady: () => void readings++,
    });
  });

  afterEach(() => {
    live.stop();
    vi.useRealTimers();
  });

  it('is read when the stream begins, again where that begins anew, and not where it goes on', async () => {
    const away = () => Promise.reject(unreachable());
    streams = [away, away, endingStream('retry: 1\n\n'), endingStream('id: a\n\n'), endingStream('id: b\n\n')];
    live.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(readings).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([streams.length, readings]).toEqual([0, 3]);
  });

  it('is not read where it was stopped by what the stream has said', async () => {
    streams = [() => Promise.reject(unreachable())];
    stopsWhen = 'waiting';
    live.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(readings).toBe(0);
  });

  it('reads estimates again: with the newest page, or, paused, from the newest event that is looked at', async () => {
    await live.readNewest();
    await live.readAgain(live.list.events);
    expect(queries).toEqual([NEWEST, NEWEST]);
    live.list.pause(Date.now());
    await live.readAgain(live.list.events);
    expect(queries.at(-1)).toEqual({ name: 'x', received_to: '2026-11-23T18:00:00.124Z', limit: '50' });
    expect(live.list.events[0]?.estimated_located_at).toBe('2026-11-23T18:05:00.000Z');
  });

  it.each([
    ['says nothing where it was stopped meanwhile', true],
    ['is told where it was not', false],
  ])('a refusal of older events %s', async (_what, isStopped) => {
    const refusal = new ApiError(401, 'unauthenticated', 'The API key is unknown.');
    let refuse = () => {};
    cursor = 'next';
    await live.readNewest();
    answers = [() => new Promise((_resolve, reject) => (refuse = () => reject(refusal)))];
    const reading = live.readOlder();
    if (isStopped) live.stop();
    refuse();
    if (isStopped) await expect(reading).resolves.toBeUndefined();
    else await expect(reading).rejects.toBe(refusal);
  });
});
