import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { beginChild } from '#libs/platform';
import { RecordedSpans } from '../../../platform/src/testing/recorded-spans.js';
import { BufferFullError, GroupCommit } from './group-commit.js';

describe('GroupCommit, traced', () => {
  let recorded: RecordedSpans;
  let release: () => void;
  let held: Promise<void>;
  let groups: GroupCommit<string>;

  beforeEach(() => {
    recorded = new RecordedSpans();
    held = new Promise((resolve) => (release = resolve));
    const commit = async (items: readonly string[]) => {
      beginChild('INSERT', { attributes: { items: items.join('') } })?.end();
      await held;
      if (items.includes('x')) throw Object.assign(new Error('x is wrong'), { code: 'ER_WRONG' });
    };
    groups = new GroupCommit(commit, {
      spanName: 'store',
      largestGroup: 3,
      largestBuffer: 5,
      budgetMs: 60_000,
      leastCommitMs: 1_000,
      commitsAtOnce: 1,
      worthAnother: 1,
    });
  });

  /** Adds items as requests that bear their names. */
  const add = (...items: string[]) =>
    items.map((item) => recorded.during(item, () => groups.add(item).catch(() => {})));

  const told = () => recorded.ended.map(({ name, parent, links }) => [name, parent, ...links].join(' '));

  it('tells of each request’s wait, and of the commit once, in the trace of the first, to which the others lead', async () => {
    const added = add('a', 'b', 'c');
    await nextTurn();
    release();
    await Promise.all(added);
    expect(told().filter((line) => !/^[abc]/.test(line))).toEqual([
      'INSERT store',
      'store a',
      'store b store',
      'store c store',
    ]);
    const stored = recorded.ended.filter(({ name }) => name === 'store');
    expect(stored.map(({ attributes }) => attributes)).toEqual(Array(3).fill({ 'whence.group_size': 3 }));
  });

  it('counts no commit among the work of a request that is not in it', async () => {
    const added = add('a');
    await nextTurn();
    const unseen = groups.add('b');
    release();
    await Promise.all([...added, unseen]);
    const inserts = recorded.ended.filter(({ name }) => name === 'INSERT');
    expect(inserts.map(({ attributes }) => attributes['items'])).toEqual(['a']);
  });

  it('tells of a commit that fails to all whom it fails, by its code', async () => {
    const added = add('a', 'x');
    release();
    await Promise.all(added);
    const failed = recorded.ended.filter(({ isFailed }) => isFailed);
    expect(failed.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['store', 'ER_WRONG'],
      ['store', 'ER_WRONG'],
    ]);
  });

  it('ends the wait of what is refused', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const late = new GroupCommit<string>(() => new Promise(() => {}), {
      spanName: 'store',
      largestGroup: 1,
      largestBuffer: 5,
      budgetMs: 30,
      leastCommitMs: 20,
      commitsAtOnce: 1,
      worthAnother: 1,
    });
    const added = ['a', 'b'].map((item) => recorded.during(item, () => late.add(item).catch(() => {})));
    await vi.advanceTimersByTimeAsync(30);
    await Promise.all(added);
    const ends = recorded.ended
      .filter(({ name }) => name === 'store')
      .map(({ attributes }) => attributes['error.type']);
    expect(ends).toEqual([BufferFullError.name, 'CommitTimeoutError']);
  });
});
