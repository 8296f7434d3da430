import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BufferFullError, CommitTimeoutError, GroupCommit, type GroupCommitOptions } from './group-commit.js';

/** Why an item was not stored, in a word or two. */
function reasonOf(error: unknown): string {
  if (error instanceof BufferFullError) return 'refused';
  return error instanceof CommitTimeoutError ? 'timed out' : (error as Error).message;
}

/** A commit under way, which the test lets end. */
interface Commit {
  readonly items: readonly string[];
  succeed(): void;
  fail(error: Error): void;
}

const OPTIONS: GroupCommitOptions = {
  spanName: 'item.store',
  largestGroup: 3,
  largestBuffer: 5,
  budgetMs: 4_000,
  leastCommitMs: 1_000,
  commitsAtOnce: 1,
  worthAnother: 1,
};

describe('GroupCommit', () => {
  let commits: Commit[];
  let settled: string[];
  let groups: GroupCommit<string>;
  const commit = (items: readonly string[]) =>
    new Promise<void>((resolve, reject) => commits.push({ items: [...items], succeed: resolve, fail: reject }));

  beforeEach(() => {
    // Not setImmediate, which `settle` needs.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    commits = [];
    settled = [];
    groups = new GroupCommit(commit, OPTIONS);
  });

  afterEach(async () => {
    for (let ended = 0; ended < commits.length; ended++) {
      commits[ended]?.succeed();
      await settle();
    }
    const timersLeft = vi.getTimerCount();
    vi.useRealTimers();
    expect(timersLeft).toBe(0);
  });

  /** Adds items, and notes how each ends. */
  const add = (...items: string[]) => {
    for (const item of items) {
      groups.add(item).then(
        () => settled.push(`${item} stored`),
        (error: unknown) => settled.push(`${item} ${reasonOf(error)}`),
      );
    }
  };
  /** Lets everything run that waits for nothing but its turn. */
  const settle = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const groupsSoFar = () => commits.map(({ items }) => items.join(''));

  it('commits a single item at once', async () => {
    add('a');
    await settle();
    expect(groupsSoFar()).toEqual(['a']);
    commits[0]?.succeed();
    await settle();
    expect(settled).toEqual(['a stored']);
  });

  it('commits together what is added in one turn', async () => {
    add('a', 'b');
    await settle();
    expect(groupsSoFar()).toEqual(['ab']);
  });

  it('gathers while a commit is under way, and commits all of that next, in order', async () => {
    add('a');
    await settle();
    add('b');
    await settle();
    add('c');
    await settle();
    expect(groupsSoFar()).toEqual(['a']);
    commits[0]?.succeed();
    await settle();
    expect(groupsSoFar()).toEqual(['a', 'bc']);
    expect(settled).toEqual(['a stored']);
  });

  it('makes no group larger than allowed', async () => {
    add('a', 'b', 'c', 'd', 'e');
    await settle();
    commits[0]?.succeed();
    await settle();
    expect(groupsSoFar()).toEqual(['abc', 'de']);
  });

  it('takes half of those that wait where that is enough for a group, and all where it is not', async () => {
    groups = new GroupCommit(commit, { ...OPTIONS, largestGroup: 5, largestBuffer: 20, halvedBeyond: 2 });
    add(...'abcdefgh');
    for (let ended = 0; ended < 4; ended++) {
      await settle();
      commits[ended]?.succeed();
    }
    await settle();
    expect(commits.map(({ items }) => items.join(''))).toEqual(['abcd', 'ef', 'gh']);
    add(...'abcdefghijkl');
    await settle();
    expect(commits.at(-1)?.items).toHaveLength(5);
  });

  it('has one commit under way at a time', async () => {
    add('a', 'b', 'c', 'd');
    await settle();
    expect(commits).toHaveLength(1);
  });

  it('refuses the items of a group that fails, and no others, and goes on with the next', async () => {
    add('a', 'b', 'c', 'd');
    await settle();
    commits[0]?.fail(new Error('disk full'));
    await settle();
    commits[1]?.succeed();
    await settle();
    expect(settled).toEqual(['a disk full', 'b disk full', 'c disk full', 'd stored']);
  });

  it('refuses the group of a commit that throws at once', async () => {
    const throwing = new GroupCommit<string>(() => {
      throw new Error('not open');
    }, OPTIONS);
    await expect(throwing.add('a')).rejects.toThrow('not open');
    await expect(throwing.add('b')).rejects.toThrow('not open');
  });

  it('refuses at once what the buffer has no room for, and keeps the rest', async () => {
    add('a');
    await settle();
    add('b', 'c', 'd', 'e', 'f', 'g');
    await settle();
    expect(settled).toEqual(['g refused']);
    commits[0]?.succeed();
    await settle();
    add('h');
    for (let index = 1; index < 3; index++) {
      commits[index]?.succeed();
      await settle();
    }
    expect(groupsSoFar()).toEqual(['a', 'bcd', 'efh']);
    expect(settled).toEqual(['g refused', ...'abcdefh'.split('').map((item) => `${item} stored`)]);
  });

  it('begins anew after it was idle', async () => {
    add('a');
    await settle();
    commits[0]?.succeed();
    await settle();
    add('b');
    await settle();
    expect(groupsSoFar()).toEqual(['a', 'b']);
  });

  it('is flushed when all that was added before is stored or refused', async () => {
    add('a', 'b', 'c', 'd');
    void groups.flushed().then(() => settled.push('flushed'));
    await settle();
    commits[0]?.succeed();
    await settle();
    expect(settled).not.toContain('flushed');
    commits[1]?.fail(new Error('disk full'));
    await settle();
    expect(settled).toEqual(['a stored', 'b stored', 'c stored', 'd disk full', 'flushed']);
  });

  it('is flushed at once when idle', async () => {
    await expect(groups.flushed()).resolves.toBeUndefined();
  });

  describe('with two commits at once', () => {
    beforeEach(() => {
      groups = new GroupCommit(commit, { ...OPTIONS, commitsAtOnce: 2, worthAnother: 2 });
    });

    it('begins another for a group that is worth it, and gathers else', async () => {
      add('a');
      await settle();
      add('b');
      await settle();
      expect(groupsSoFar()).toEqual(['a']);
      add('c');
      await settle();
      expect(groupsSoFar()).toEqual(['a', 'bc']);
      add('d', 'e', 'f');
      await settle();
      expect(groupsSoFar()).toEqual(['a', 'bc']);
    });

    it('settles each group with its own commit, whichever ends first, and goes on', async () => {
      add('a');
      await settle();
      add('b', 'c');
      await settle();
      add('d');
      commits[1]?.fail(new Error('disk full'));
      await settle();
      expect([settled, groupsSoFar()]).toEqual([
        ['b disk full', 'c disk full'],
        ['a', 'bc'],
      ]);
      commits[0]?.succeed();
      await settle();
      expect([settled.at(-1), groupsSoFar()]).toEqual(['a stored', ['a', 'bc', 'd']]);
    });

    it('is flushed when both have ended', async () => {
      add('a');
      await settle();
      add('b', 'c');
      await settle();
      void groups.flushed().then(() => settled.push('flushed'));
      commits[1]?.succeed();
      await settle();
      expect(settled).not.toContain('flushed');
      commits[0]?.succeed();
      await settle();
      expect(settled.at(-1)).toBe('flushed');
    });
  });

  describe('with a database that hangs', () => {
    it('gives up on a commit in time, refuses what waits behind it, and takes new items', async () => {
      add('a');
      await settle();
      add('b');
      vi.advanceTimersByTime(3_999);
      await settle();
      expect(settled).toEqual(['b refused']);
      add('c');
      vi.advanceTimersByTime(1);
      await settle();
      expect([settled, groupsSoFar()]).toEqual([['b refused', 'a timed out', 'c refused'], ['a']]);
      add('d');
      await settle();
      commits[1]?.succeed();
      await settle();
      expect(settled.at(-1)).toBe('d stored');
    });

    it('gathers also where the commit itself never yields', async () => {
      const sizes: number[] = [];
      const eager = new GroupCommit<string>(async (items) => void sizes.push(items.length), OPTIONS);
      const added = [eager.add('a'), new Promise((resolve) => setImmediate(resolve)).then(() => eager.add('b'))];
      added.push(eager.add('c'));
      await Promise.all(added);
      expect(sizes[0]).toBe(2);
    });

    it.each([
      ['succeeds', (commit: Commit) => commit.succeed()],
      ['fails', (commit: Commit) => commit.fail(new Error('disk full'))],
    ])('does not care that a commit %s after that', async (_what, end) => {
      add('a');
      await settle();
      vi.advanceTimersByTime(4_000);
      await settle();
      for (const commit of commits) end(commit);
      await settle();
      expect(settled).toEqual(['a timed out']);
    });

    it('gives a commit what is left of the budget of its oldest item, and tells it so', async () => {
      const timeoutsMs: number[] = [];
      const timed = (items: readonly string[], timeoutMs: number) => {
        timeoutsMs.push(timeoutMs);
        return commit(items);
      };
      groups = new GroupCommit(timed, OPTIONS);
      add('a');
      await settle();
      vi.advanceTimersByTime(500);
      add('b');
      vi.advanceTimersByTime(500);
      add('c');
      vi.advanceTimersByTime(2_000);
      commits[0]?.succeed();
      await settle();
      expect(timeoutsMs).toEqual([4_000, 1_500]);
      vi.advanceTimersByTime(1_499);
      await settle();
      expect(settled).toEqual(['a stored']);
      vi.advanceTimersByTime(1);
      await settle();
      expect(settled).toEqual(['a stored', 'b timed out', 'c timed out']);
    });

    it('counts the budget from when the item says that it began', async () => {
      vi.advanceTimersByTime(5_000);
      const began = performance.now() - 2_000;
      groups.add('a', began).catch((error: unknown) => settled.push(`a ${reasonOf(error)}`));
      groups.add('b', began - 1_000).catch((error: unknown) => settled.push(`b ${reasonOf(error)}`));
      await settle();
      expect([settled, groupsSoFar()]).toEqual([['b refused'], ['a']]);
      vi.advanceTimersByTime(2_000);
      await settle();
      expect(settled).toEqual(['b refused', 'a timed out']);
    });

    it('refuses at once while too many commits that were given up have not ended', async () => {
      for (let given = 0; given < 6; given++) {
        add(`${given}`);
        await settle();
        vi.advanceTimersByTime(4_000);
        await settle();
      }
      expect(settled).toEqual(['0', '1', '2', '3', '4', '5'].map((item) => `${item} timed out`));
      add('x');
      await settle();
      commits[0]?.succeed();
      await settle();
      add('y');
      await settle();
      commits.at(-1)?.succeed();
      await settle();
      expect(settled.slice(6)).toEqual(['x refused', 'y stored']);
    });

    it('refuses nobody for one slow commit, as long as there is time for the next', async () => {
      add('a');
      await settle();
      add('b');
      vi.advanceTimersByTime(2_999);
      commits[0]?.succeed();
      await settle();
      commits[1]?.succeed();
      await settle();
      expect(settled).toEqual(['a stored', 'b stored']);
    });

    it('refuses whose time is too short for a commit when its turn comes, and no one who came later', async () => {
      add('a');
      await settle();
      add('b');
      vi.advanceTimersByTime(1);
      add('c');
      vi.advanceTimersByTime(2_999);
      commits[0]?.succeed();
      await settle();
      expect([settled, groupsSoFar()]).toEqual([
        ['b refused', 'a stored'],
        ['a', 'c'],
      ]);
    });

    it('refuses in time whose time is over before the commit that it waits behind ends', async () => {
      vi.advanceTimersByTime(5_000);
      add('a');
      await settle();
      add('c');
      groups.add('b', performance.now() - 2_000).catch((error: unknown) => settled.push(`b ${reasonOf(error)}`));
      vi.advanceTimersByTime(999);
      await settle();
      expect(settled).toEqual([]);
      vi.advanceTimersByTime(1);
      await settle();
      expect(settled).toEqual(['b refused']);
      vi.advanceTimersByTime(2_000);
      await settle();
      expect(settled).toEqual(['b refused', 'c refused']);
    });

    it('is flushed after it has given up', async () => {
      add('a');
      void groups.flushed().then(() => settled.push('flushed'));
      await settle();
      vi.advanceTimersByTime(4_000);
      await settle();
      expect(settled).toEqual(['a timed out', 'flushed']);
    });
  });
});
