import { beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { BufferFullError, CommitTimeoutError } from './group-commit.js';
import { SubmissionMetrics } from './submission-metrics.js';
import { submissionRefusal } from './submission-refusal.js';

describe('SubmissionMetrics', () => {
  let all: Metrics;
  let metrics: SubmissionMetrics;

  beforeEach(() => {
    all = new Metrics(new ManualClock());
    metrics = new SubmissionMetrics(all);
  });

  /** The samples with a name like that. */
  const samples = async (name: RegExp) => (await all.text()).split('\n').filter((line) => name.test(line));

  it('counts events by what their submitters were told', async () => {
    metrics.accepted('single', 1);
    metrics.accepted('batch', 5_000);
    const refusals = [new BufferFullError(), new CommitTimeoutError(), { code: 'ECONNRESET' }, { code: 'SQLITE_FULL' }];
    for (const cause of refusals) {
      const refusal = submissionRefusal(cause);
      expect(metrics.refused('single', 1, refusal)).toBe(refusal);
    }
    expect(await samples(/^whence_events_submitted_total/)).toEqual([
      'whence_events_submitted_total{kind="single",outcome="accepted"} 1',
      'whence_events_submitted_total{kind="single",outcome="overloaded"} 1',
      'whence_events_submitted_total{kind="single",outcome="failed"} 1',
      'whence_events_submitted_total{kind="single",outcome="unknown"} 2',
      'whence_events_submitted_total{kind="batch",outcome="accepted"} 5000',
      'whence_events_submitted_total{kind="batch",outcome="overloaded"} 0',
      'whence_events_submitted_total{kind="batch",outcome="failed"} 0',
      'whence_events_submitted_total{kind="batch",outcome="unknown"} 0',
    ]);
  });

  it('notes size and time of each commit, and passes its failure on', async () => {
    await metrics.measureCommit('single', 40, async () => {});
    const failure = new Error('disk full');
    await expect(metrics.measureCommit('single', 2, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await samples(/^whence_commit_(group_size_(sum|count)|duration_seconds_count)/)).toEqual([
      'whence_commit_group_size_sum{kind="single"} 42',
      'whence_commit_group_size_count{kind="single"} 2',
      'whence_commit_duration_seconds_count{kind="single",outcome="stored"} 1',
      'whence_commit_duration_seconds_count{kind="single",outcome="failed"} 1',
    ]);
  });

  it('counts for how many events the location was known', async () => {
    metrics.lookedInCache(10, 7);
    metrics.lookedInCache(1, 1);
    expect(await samples(/^whence_location_cache/)).toEqual([
      'whence_location_cache_events_total{result="hit"} 8',
      'whence_location_cache_events_total{result="miss"} 3',
    ]);
  });

  it('tells what waits when it is asked', async () => {
    let waiting = 3;
    metrics.watchBuffer('single', () => waiting);
    waiting = 4;
    expect(await samples(/^whence_submission_buffer/)).toEqual(['whence_submission_buffer_events{kind="single"} 4']);
  });
});
