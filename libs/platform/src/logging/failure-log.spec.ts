import { Logger } from '@nestjs/common';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisAwayError } from '../redis/redis-failure.js';
import { FailureLog } from './failure-log.js';

describe('FailureLog', () => {
  const warned = vi.spyOn(Logger.prototype, 'warn');
  const failed = vi.spyOn(Logger.prototype, 'error');

  beforeEach(() => {
    for (const spy of [warned, failed]) spy.mockReset().mockReturnValue();
  });
  afterAll(() => {
    for (const spy of [warned, failed]) spy.mockRestore();
  });

  it.each([
    new RedisAwayError(),
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:3306'), { code: 'ECONNREFUSED' }),
  ])('warns once of a store that is away: %s', (error) => {
    const log = new FailureLog(new Logger('Work'), 'work failed');
    for (let time = 0; time < 100; time++) log.note(error);
    expect(warned).toHaveBeenCalledExactlyOnceWith({ msg: 'work failed', reason: error.message });
    expect(failed).not.toHaveBeenCalled();
  });

  it('does not say that a store is back, which nobody may have tried', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const logged = vi.spyOn(Logger.prototype, 'log').mockReturnValue();
    onTestFinished(() => logged.mockRestore());
    new FailureLog(new Logger('Work'), 'work failed').note(new RedisAwayError());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(logged).toHaveBeenCalledExactlyOnceWith({ msg: 'work failed: has not happened for a minute', times: 1 });
  });

  it('logs each fault of the program, as an error with its stack', () => {
    const log = new FailureLog(new Logger('Work'), 'work failed');
    const error = new TypeError('x is not a function');
    log.note(error);
    log.note(error);
    expect(failed.mock.calls).toEqual([[{ msg: 'work failed', err: error }], [{ msg: 'work failed', err: error }]]);
    expect(warned).not.toHaveBeenCalled();
  });
});
