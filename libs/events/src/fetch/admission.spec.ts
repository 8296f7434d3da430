import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from './admission.js';

describe('Admission', () => {
  let admission: Admission;
  const admit = () => admission.admit();

  beforeEach(() => (admission = new Admission(2, () => new Error('full'))));

  it('lets so many in, and others when one has left', () => {
    const [first] = [admit(), admit()];
    expect(admit).toThrow('full');
    first.leave();
    admit();
    expect(admit).toThrow('full');
  });

  it('takes leaving twice for leaving once', () => {
    const [first] = [admit(), admit()];
    first.leave();
    first.leave();
    admit();
    expect(admit).toThrow('full');
  });

  it.each(['fulfilled', 'rejected'])('holds a place that was left until all begun in it has ended: %s', async (end) => {
    const place = admit();
    admit();
    const ends: (() => void)[] = [];
    const works = [0, 1].map(() =>
      place.heldFor(
        new Promise<string>((resolve, reject) =>
          ends.push(() => (end === 'fulfilled' ? resolve('done') : reject(new Error('failed')))),
        ),
      ),
    );
    const settled = Promise.allSettled(works);
    place.leave();
    ends[0]?.();
    await Promise.allSettled(works.slice(0, 1));
    expect(admit).toThrow('full');
    ends[1]?.();
    expect((await settled).map(({ status }) => status)).toEqual([end, end]);
    admit();
    expect(admit).toThrow('full');
  });
});
