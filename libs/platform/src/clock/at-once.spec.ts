import { describe, expect, it } from 'vitest';
import { AtOnce } from './at-once.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('AtOnce', () => {
  it('does so many works at once, in their order, also after a failure', async () => {
    const atOnce = new AtOnce(2);
    const begun: number[] = [];
    let [working, most] = [0, 0];
    const works = [0, 1, 2, 3, 4].map((number) =>
      atOnce.run(async () => {
        begun.push(number);
        most = Math.max(most, ++working);
        await turn();
        working--;
        if (number === 1) throw new Error('one');
        return number;
      }),
    );
    const ended = await Promise.allSettled(works);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect([begun, most]).toEqual([[0, 1, 2, 3, 4], 2]);
  });

  it('begins at once again when all have ended', async () => {
    const atOnce = new AtOnce(1);
    await Promise.all([atOnce.run(turn), atOnce.run(turn)]);
    let hasBegun = false;
    const work = atOnce.run(async () => (hasBegun = true));
    expect(hasBegun).toBe(true);
    await work;
  });
});
