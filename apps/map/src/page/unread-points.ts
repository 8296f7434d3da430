import { MOST_POINTS } from '../map/map-points.js';
import { POINTS_PAGE } from './page-data.js';

/** How many of the newest located events the map may lack: no more than it can have. Only so many are read. */
export class UnreadPoints {
  private count = 0;

  /** What the map begins with: a page. */
  beginAnew(): void {
    this.count = POINTS_PAGE;
  }

  add(count: number): void {
    this.count = Math.min(this.count + count, MOST_POINTS);
  }

  /** @param work reads so many; where it rejects, they are as unread as before */
  async read(work: (most: number) => Promise<void>): Promise<void> {
    const { count } = this;
    this.count = 0;
    try {
      await work(count);
    } catch (error) {
      this.add(count);
      throw error;
    }
  }
}
