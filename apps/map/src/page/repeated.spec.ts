import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/api-error.js';
import { Repeated } from './repeated.js';

const EVERY_MS = 1_000;
const REFUSED = new ApiError(401, 'unauthenticated', 'The API key is unknown.');

describe('Repeated', () => {
  let answers: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
  let failures: ApiError[];
  let repeated: Repeated;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', { hidden: false, addEventListener: () => {} });
    [answers, failures] = [[], []];
    repeated = new Repeated({
      everyMs: EVERY_MS,
      work: () => new Promise<void>((resolve, reject) => void answers.push({ resolve, reject })),
      onFailure: (error) => failures.push(error),
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('tells of a failure, and tries again later', async () => {
    repeated.ask();
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.reject(REFUSED);
    await vi.advanceTimersByTimeAsync(EVERY_MS - 1);
    expect([failures, answers.length]).toEqual([[REFUSED], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(answers).toHaveLength(2);
  });

  it.each([
    ['fails', () => answers[0]?.reject(REFUSED)],
    ['succeeds', () => answers[0]?.resolve()],
  ])('asks anew at once when that was wanted meanwhile, and what was under way %s', async (_how, end) => {
    repeated.ask();
    await vi.advanceTimersByTimeAsync(0);
    repeated.askNow();
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect([failures, answers.length]).toEqual([[], 2]);
    answers[1]?.reject(REFUSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(failures).toEqual([REFUSED]);
  });

  it.each([
    ['succeeds', () => answers[0]?.resolve()],
    ['fails', () => answers[0]?.reject(REFUSED)],
  ])('does not go on after it was stopped, and what was under way %s', async (_how, end) => {
    repeated.ask();
    await vi.advanceTimersByTimeAsync(0);
    repeated.stop();
    end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([failures, answers.length]).toEqual([[], 1]);
  });

  it('asks no more after it was stopped, whoever wants it to, until it is asked anew', async () => {
    repeated.ask();
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.reject(REFUSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(repeated.isFailing).toBe(true);
    repeated.stop();
    // As whoever asks again what fails does, and a clock.
    if (repeated.isFailing) repeated.askNow();
    repeated.ask();
    await vi.advanceTimersByTimeAsync(120_000);
    expect([failures.length, answers.length]).toEqual([1, 1]);
    repeated.askNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toHaveLength(2);
  });
});
