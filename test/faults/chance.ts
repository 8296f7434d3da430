import { seededRandom } from '../support/seeded-random.js';
import { wait } from '../support/wait.js';

/** Random choices that a seed and a name fix, whatever else is chosen meanwhile and however long that takes. */
export class Chance {
  private readonly random: () => number;

  constructor(seed: number, name: string) {
    this.random = seededRandom(
      [...name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, seed),
    );
  }

  /** A time of that length at most and a tenth of it at least. */
  async pause(longestMs: number): Promise<void> {
    await wait(longestMs * this.share());
  }

  /** From a tenth to the whole. */
  share(): number {
    return 0.1 + 0.9 * this.random();
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** So many different ones, in an order of chance. */
  pickSome<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    return Array.from({ length: count }, () => {
      const item = this.pick(left);
      left.splice(left.indexOf(item), 1);
      return item;
    });
  }
}
