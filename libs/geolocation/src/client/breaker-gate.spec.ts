import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimersClock } from '../../../platform/src/testing/timers-clock.js';
import { BreakerGate } from './breaker-gate.js';
import { type BreakerPass, CircuitBreaker } from './circuit-breaker.js';

describe('BreakerGate', () => {
  let breaker: CircuitBreaker;
  let gate: BreakerGate;
  let stopping: AbortController;

  beforeEach(() => {
    vi.useFakeTimers();
    const options = { windowCalls: 1, windowMs: 1e6, minimumCalls: 1, failureShare: 1, firstPauseMs: 1_000 };
    breaker = new CircuitBreaker(new TimersClock(), { ...options, longestPauseMs: 1_000 });
    gate = new BreakerGate(breaker);
    stopping = new AbortController();
  });

  afterEach(() => void vi.useRealTimers());

  /** Lets so many callers wait, and collects the passes they get. */
  const wait = (callers: number): BreakerPass[] => {
    const passes: BreakerPass[] = [];
    for (let caller = 0; caller < callers; caller++) void gate.pass(stopping.signal).then((pass) => passes.push(pass));
    return passes;
  };

  it('lets calls pass at once while the breaker is closed', async () => {
    const passes = wait(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(passes).toHaveLength(3);
  });

  it('holds calls while the breaker is open, and then lets one probe', async () => {
    breaker.tryPass()?.end('failed');
    const passes = wait(3);
    await vi.advanceTimersByTimeAsync(999);
    expect(passes).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(passes.map((pass) => pass.isProbe)).toEqual([true]);
  });

  it('lets the others pass soon after the probe succeeds', async () => {
    breaker.tryPass()?.end('failed');
    const passes = wait(3);
    await vi.advanceTimersByTimeAsync(1_200);
    expect(passes).toHaveLength(1);
    passes[0]?.end('succeeded');
    await vi.advanceTimersByTimeAsync(50);
    expect(passes.map((pass) => pass.isProbe)).toEqual([true, false, false]);
  });

  it('lets the next one probe where the first is cancelled', async () => {
    breaker.tryPass()?.end('failed');
    const passes = wait(2);
    await vi.advanceTimersByTimeAsync(1_000);
    passes[0]?.end('cancelled');
    await vi.advanceTimersByTimeAsync(50);
    expect(passes.map((pass) => pass.isProbe)).toEqual([true, true]);
  });

  it('rejects with the signal’s reason when it aborts, before and while waiting', async () => {
    breaker.tryPass()?.end('failed');
    const reason = new Error('the service stops');
    const waiting = expect(gate.pass(stopping.signal)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(10);
    stopping.abort(reason);
    await waiting;
    await expect(gate.pass(stopping.signal)).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes no pass with an aborted signal', async () => {
    stopping.abort(new Error('the service stops'));
    breaker.tryPass()?.end('failed');
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(gate.pass(stopping.signal)).rejects.toThrow('the service stops');
    expect(breaker.tryPass()).not.toBeNull();
  });

  it('shows the state of the breaker', () => {
    const told: string[] = [];
    gate.onChange((state) => told.push(state));
    breaker.tryPass()?.end('failed');
    expect([gate.state, gate.msUntilProbe, told]).toEqual(['open', 1_000, ['open']]);
  });
});
