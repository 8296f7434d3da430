import { describe, expect, it } from 'vitest';
import { InTurn } from './in-turn.js';

const turns = async (count = 5) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const never = () => new Promise<never>(() => {});

describe('InTurn', () => {
  it('does one work at a time, in their order, also after a failure', async () => {
    const inTurn = new InTurn();
    const begun: number[] = [];
    let [working, most] = [0, 0];
    const works = [0, 1, 2, 3].map((number) =>
      inTurn.run(async () => {
        begun.push(number);
        most = Math.max(most, ++working);
        await turns(2);
        working--;
        if (number === 1) throw new Error('one');
        return number;
      }),
    );
    const settled = await Promise.allSettled(works);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect([begun, most]).toEqual([[0, 1, 2, 3], 1]);
  });

  it('waits for what has to be between two', async () => {
    const happened: string[] = [];
    const inTurn = new InTurn(async () => happened.push('between'));
    await Promise.all(['one', 'two'].map((name) => inTurn.run(async () => happened.push(name))));
    expect(happened.slice(0, 3)).toEqual(['one', 'between', 'two']);
  });

  it('goes on without a work whose signal aborts', async () => {
    const inTurn = new InTurn();
    const signal = new AbortController();
    const hanging = inTurn.run(never, signal.signal);
    const next = inTurn.run(async () => 'next');
    await turns();
    signal.abort(new Error('late'));
    await expect(hanging).rejects.toThrow('late');
    expect(await next).toBe('next');
  });

  it('tells who still waits for its turn, and never begins that work', async () => {
    const inTurn = new InTurn();
    const [first, second] = [new AbortController(), new AbortController()];
    const hanging = inTurn.run(never, first.signal);
    let hasBegun = false;
    const waiting = inTurn.run(async () => (hasBegun = true), second.signal);
    second.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    first.abort(new Error('late'));
    await expect(hanging).rejects.toThrow('late');
    await turns();
    expect(hasBegun).toBe(false);
  });

  it('takes no notice of a failure that comes when nobody waits any more', async () => {
    const inTurn = new InTurn();
    const signal = new AbortController();
    let fail = (_error: Error) => {};
    const hanging = inTurn.run(() => new Promise<never>((_resolve, reject) => (fail = reject)), signal.signal);
    await turns();
    signal.abort(new Error('late'));
    await expect(hanging).rejects.toThrow('late');
    // An unhandled rejection would fail the run.
    fail(new Error('at last'));
    await turns();
  });
});
