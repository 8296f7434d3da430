import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiError, unreachable } from '../api/api-error.js';
import type { LiveEvents } from './live-events.js';
import { OlderEvents } from './older-events.js';

describe('OlderEvents', () => {
  let answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
  let live: LiveEvents;
  let isPaused: boolean;
  let isReading: boolean;
  let wrong: Set<string>;
  let told: string[];
  let older: OlderEvents;

  const liveOf = () =>
    ({
      list: {
        get isPaused() {
          return isPaused;
        },
        get isReadingOlder() {
          return isReading;
        },
      },
      readOlder: () => new Promise<void>((resolve, reject) => void answers.push({ resolve, reject })),
    }) as unknown as LiveEvents;

  beforeEach(() => {
    [answers, wrong, told, isPaused, isReading, live] = [[], new Set(), [], true, false, liveOf()];
    older = new OlderEvents({
      live: () => live,
      troubles: {
        has: (what) => wrong.has(what),
        end: (what) => void (wrong.delete(what) && told.push(`${what} works`)),
        drop: (what) => void wrong.delete(what),
      },
      failures: { hear: (what: string, _error: ApiError, untilMs) => void (untilMs <= Date.now() && wrong.add(what)) },
      onList: () => {},
    });
  });

  it('are read again when the API may be back, until they are there', async () => {
    const first = older.read();
    older.retry();
    answers[0]?.reject(unreachable());
    await first;
    expect([[...wrong], answers.length]).toEqual([['older'], 1]);
    older.retry();
    answers[1]?.resolve();
    await new Promise(setImmediate);
    older.retry();
    expect([[...wrong], told, answers.length]).toEqual([[], ['older works'], 2]);
  });

  it('are waited for while they are being read', async () => {
    wrong.add('older');
    isReading = true;
    await older.read();
    expect([[...wrong], answers.length]).toEqual([['older'], 0]);
  });

  it('are wanted no more by who wants the newest', async () => {
    const reading = older.read();
    isPaused = false;
    answers[0]?.reject(unreachable());
    await reading;
    older.retry();
    expect([[...wrong], answers.length]).toEqual([[], 1]);
  });

  it('of a list that is no more tell nothing of what has begun since', async () => {
    const reading = older.read();
    live = liveOf();
    wrong.add('older');
    answers[0]?.resolve();
    await reading;
    expect([[...wrong], told]).toEqual([['older'], []]);
  });

  it('pass on what is no answer of the API', async () => {
    const reading = older.read();
    answers[0]?.reject(new Error('a fault'));
    await expect(reading).rejects.toThrow('a fault');
  });
});
