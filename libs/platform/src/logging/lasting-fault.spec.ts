import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LastingFault } from './lasting-fault.js';

describe('LastingFault', () => {
  const warned = vi.spyOn(Logger.prototype, 'warn');
  const logged = vi.spyOn(Logger.prototype, 'log');

  beforeEach(() => {
    vi.useFakeTimers();
    for (const spy of [warned, logged]) spy.mockReset().mockReturnValue();
  });
  afterEach(() => void vi.useRealTimers());

  const fault = (endsWhenQuiet?: boolean) => new LastingFault(new Logger('Store'), 'it is over', endsWhenQuiet);
  const strikeEachSecond = async (lasting: LastingFault, times: number) => {
    for (let time = 0; time < times; time++) {
      lasting.strike({ msg: 'it fails', reason: 'away' });
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };

  it('is told when it begins, and every ten minutes while it lasts', async () => {
    await strikeEachSecond(fault(), 1_201);
    expect(warned.mock.calls).toEqual([
      [{ msg: 'it fails', reason: 'away' }],
      [{ msg: 'it fails', reason: 'away', times: 601 }],
      [{ msg: 'it fails', reason: 'away', times: 1_201 }],
    ]);
    expect(logged).not.toHaveBeenCalled();
  });

  it('is over after a quiet minute, and told anew when it comes again', async () => {
    const lasting = fault();
    await strikeEachSecond(lasting, 5);
    await vi.advanceTimersByTimeAsync(58_999);
    expect(logged).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(logged.mock.calls).toEqual([[{ msg: 'it is over', times: 5 }]]);
    await strikeEachSecond(lasting, 5);
    expect(warned).toHaveBeenCalledTimes(2);
  });

  it('is over when it is said to be, once, where it does not end by itself', async () => {
    const lasting = fault(false);
    lasting.end();
    await strikeEachSecond(lasting, 1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(logged).not.toHaveBeenCalled();
    lasting.end();
    lasting.end();
    expect(logged.mock.calls).toEqual([[{ msg: 'it is over', times: 1 }]]);
  });

  it('tells each kind', () => {
    const lasting = fault();
    for (const kind of ['one', 'other', 'one', 'other']) lasting.strike({ msg: 'it fails', kind }, kind);
    expect(warned).toHaveBeenCalledTimes(2);
  });
});
