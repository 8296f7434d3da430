import { describe, expect, it } from 'vitest';
import { MOST_POINTS } from '../map/map-points.js';
import { POINTS_PAGE } from './page-data.js';
import { UnreadPoints } from './unread-points.js';

async function readOf(points: UnreadPoints): Promise<number> {
  let most = -1;
  await points.read(async (count) => void (most = count));
  return most;
}

describe('UnreadPoints', () => {
  it('reads a page at first, and what was skipped, and then no more than that', async () => {
    const points = new UnreadPoints();
    points.beginAnew();
    points.add(30);
    expect(await readOf(points)).toBe(POINTS_PAGE + 30);
    points.add(30);
    points.add(12);
    expect([await readOf(points), await readOf(points)]).toEqual([42, 0]);
    points.add(1_000_000);
    expect(await readOf(points)).toBe(MOST_POINTS);
  });

  it('forgets none where reading fails, and knows what is skipped meanwhile', async () => {
    const points = new UnreadPoints();
    points.add(30);
    const failing = points.read(async () => {
      points.add(2);
      throw new Error('away');
    });
    await expect(failing).rejects.toThrow('away');
    expect(await readOf(points)).toBe(32);
  });
});
