import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const { signal: never } = new AbortController();

describe('Semaphore', () => {
  it('gives out so many places, in the order in which they were asked for', async () => {
    const semaphore = new Semaphore(2);
    const begun: number[] = [];
    let [working, most] = [0, 0];
    const works = [0, 1, 2, 3, 4].map(async (number) => {
      const release = await semaphore.acquire(never);
      begun.push(number);
      most = Math.max(most, ++working);
      await turn();
      working--;
      release();
    });
    await Promise.all(works);
    expect([begun, most]).toEqual([[0, 1, 2, 3, 4], 2]);
  });

  it('takes a place back once, however often it is given back', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire(never);
    release();
    release();
    await semaphore.acquire(never);
    let hasBegun = false;
    void semaphore.acquire(never).then(() => (hasBegun = true));
    await turn();
    expect(hasBegun).toBe(false);
  });

  it('lets whoever waits leave, and the others go on without them', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire(never);
    const gone = new AbortController();
    const left = expect(semaphore.acquire(gone.signal)).rejects.toThrow('gone');
    const next = semaphore.acquire(never);
    gone.abort(new Error('gone'));
    await left;
    release();
    await next;
  });

  it('gives no place to whoever has gone already', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.acquire(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await semaphore.acquire(never);
  });

  it('keeps the place of whoever goes after it was given one', async () => {
    const semaphore = new Semaphore(1);
    const release = await semaphore.acquire(never);
    const gone = new AbortController();
    const next = semaphore.acquire(gone.signal);
    release();
    gone.abort(new Error('gone'));
    (await next)();
    await semaphore.acquire(never);
  });
});
