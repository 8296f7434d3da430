import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, unreachable } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import { failedEvent, locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { FollowedEvent } from './followed-event.js';

const PENDING = sampleEvent();
const LOCATED = locatedEvent();
const ID = PENDING.task_id;
const NEEDS_KEY = new ApiError(401, 'unauthenticated', 'A key is needed.');

describe('FollowedEvent', () => {
  let answers: (WhenceEvent | ApiError | Promise<WhenceEvent>)[];
  let asked: number;
  let news: string[];
  let failures: ApiError[];
  let followed: FollowedEvent;

  beforeEach(() => {
    vi.useFakeTimers();
    [answers, asked, news, failures] = [[], 0, [], []];
    followed = new FollowedEvent({
      read: async () => {
        asked++;
        const answer = answers.shift() ?? PENDING;
        if (answer instanceof ApiError) throw answer;
        return answer;
      },
      onNews: ({ location_status: status }) => news.push(status),
      onFailure: (error) => failures.push(error),
    });
  });

  afterEach(() => {
    followed.leave();
    vi.useRealTimers();
  });

  it('asks itself until the event has its outcome, whatever a stream tells', async () => {
    answers = [PENDING, PENDING, LOCATED];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([news, asked]).toEqual([['pending', 'pending', 'located'], 3]);
  });

  it('asks less often the longer it waits', async () => {
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(3_600_000);
    const first = asked;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(first).toBeLessThan(160);
    expect(asked - first).toBe(120);
  });

  it('takes the outcome where that comes with its acceptance', async () => {
    followed.follow(ID, PENDING);
    followed.take([sampleEvent({ task_id: 'another' }), PENDING, LOCATED]);
    expect(news.at(-1)).toBe('located');
    await vi.advanceTimersByTimeAsync(60_000);
    expect([news.at(-1), asked]).toEqual(['located', 0]);
  });

  it('holds on to an outcome when an answer from before it comes late', async () => {
    let answer = (_event: WhenceEvent) => {};
    answers = [new Promise((resolve) => (answer = resolve))];
    followed.follow(ID);
    followed.take([LOCATED]);
    answer(PENDING);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([news, asked]).toEqual([['located'], 1]);
  });

  it('asks again later where the API is away, and at once when it is back', async () => {
    answers = [unreachable(), unreachable(), LOCATED];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(4_000);
    expect([failures.length, asked]).toEqual([2, 2]);
    followed.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(news).toEqual(['located']);
    followed.retryNow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(3);
  });

  it('waits for a key where one is needed', async () => {
    answers = [NEEDS_KEY];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([failures, asked]).toEqual([[NEEDS_KEY], 1]);
    answers = [LOCATED];
    followed.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(news).toEqual(['located']);
  });

  it('asks anew where the key was given before it was known that one is needed', async () => {
    let refuse = (_error: Error) => {};
    answers = [new Promise((_resolve, reject) => (refuse = reject)), LOCATED];
    followed.follow(ID);
    followed.retryNow();
    expect(asked).toBe(1);
    refuse(NEEDS_KEY);
    await vi.advanceTimersByTimeAsync(0);
    expect([news, failures, asked]).toEqual([['located'], [], 2]);
  });

  it('knows nothing any more of one that is gone, and asks no more', async () => {
    const gone = new ApiError(404, 'event_not_found', 'There is no event with this task id.');
    answers = [PENDING, gone];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([news, failures, followed.event, asked]).toEqual([['pending'], [gone], null, 2]);
  });

  it('asks again about when a failed lookup is tried again, and not where it is not', async () => {
    const [soonMs, laterMs] = [60_000, 120_000].map((ms) => Date.now() + ms) as [number, number];
    answers = [failedEvent(new Date(soonMs).toISOString()), failedEvent(new Date(laterMs).toISOString()), LOCATED];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(59_999);
    expect([news, asked]).toEqual([['failed'], 1]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([news, asked]).toEqual([['failed', 'failed'], 2]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([news, asked]).toEqual([['failed', 'failed', 'located'], 3]);
    followed.follow(ID, failedEvent(null));
    await vi.advanceTimersByTimeAsync(7_200_000);
    expect(asked).toBe(3);
  });

  it('asks on for the place that replaces one of the local database', async () => {
    answers = [locatedEvent({}, { source: 'mmdb' }), LOCATED];
    followed.follow(ID);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([news, asked]).toEqual([['located', 'located'], 2]);
  });

  it('says nothing of one that it has left', async () => {
    followed.follow(ID);
    followed.leave();
    followed.take([LOCATED]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([news, asked]).toEqual([[], 1]);
  });
});
