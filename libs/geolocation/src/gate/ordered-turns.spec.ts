import { describe, expect, it } from 'vitest';
import { OrderedTurns } from './ordered-turns.js';

describe('OrderedTurns', () => {
  const never = new AbortController().signal;

  /** Enters under the ticket, says so, and stays inside until told to leave. */
  const enter = (turns: OrderedTurns, ticket: number, entered: number[], signal = never) => {
    let leave = () => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const ended = turns.take(ticket, signal, async () => {
      entered.push(ticket);
      await left;
    });
    return { leave, ended };
  };

  it('lets one in at a time, the lowest ticket first', async () => {
    const turns = new OrderedTurns();
    const entered: number[] = [];
    const all = [5, 9, 7, 8].map((ticket) => enter(turns, ticket, entered));
    expect(entered).toEqual([5]);
    all[0]?.leave();
    await all[0]?.ended;
    expect(entered).toEqual([5, 7]);
    for (const { leave } of all) leave();
    await Promise.all(all.map(({ ended }) => ended));
    expect(entered).toEqual([5, 7, 8, 9]);
    await turns.take(1, never, async () => void entered.push(1));
    expect(entered.at(-1)).toBe(1);
  });

  it('lets nobody in before the one who was called', async () => {
    const turns = new OrderedTurns();
    const entered: number[] = [];
    const [first, second] = [enter(turns, 1, entered), enter(turns, 2, entered)];
    first.leave();
    await first.ended;
    const third = enter(turns, 0, entered);
    expect(entered).toEqual([1, 2]);
    second.leave();
    third.leave();
    await third.ended;
    expect(entered).toEqual([1, 2, 0]);
  });

  it('lets the next one in where the work fails', async () => {
    const turns = new OrderedTurns();
    const failing = turns.take(1, never, () => Promise.reject(new Error('fails')));
    const next = turns.take(2, never, async () => 'in');
    await expect(failing).rejects.toThrow('fails');
    expect(await next).toBe('in');
  });

  it('rejects at once who aborts, before and while waiting, and forgets about it', async () => {
    const turns = new OrderedTurns();
    const entered: number[] = [];
    const reason = new Error('the service stops');
    const aborts = new AbortController();
    const first = enter(turns, 1, entered);
    const second = enter(turns, 2, entered, aborts.signal);
    const third = enter(turns, 3, entered);
    aborts.abort(reason);
    await expect(second.ended).rejects.toBe(reason);
    await expect(enter(turns, 4, entered, aborts.signal).ended).rejects.toBe(reason);
    first.leave();
    third.leave();
    await third.ended;
    expect(entered).toEqual([1, 3]);
  });
});
