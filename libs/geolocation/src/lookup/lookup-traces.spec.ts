import { describe, expect, it } from 'vitest';
import { beginChild, traceparentOf } from '#libs/platform';
import { ManualClock } from '../../../platform/src/testing/manual-clock.js';
import { RecordedSpans } from '../../../platform/src/testing/recorded-spans.js';
import { Backlog } from './backlog.js';
import type { LookupJob } from './lookup-queue.js';
import { traced, withTraces } from './lookup-traces.js';

const JOB: LookupJob = { key: '81.2.69.142', address: '81.2.69.142', lane: 'waiting', attempts: 1, newerThanMs: 0 };
const many = Array.from({ length: 20 }, (_, index) => `trace ${index}`);

describe('withTraces', () => {
  it('adds what is new, up to a few, and keeps the first', () => {
    expect(withTraces(undefined, undefined)).toBeUndefined();
    expect(withTraces(undefined, ['a'])).toEqual(['a']);
    expect(withTraces(['a'], undefined)).toEqual(['a']);
    expect(withTraces(['a', 'b'], ['b', 'c', 'a'])).toEqual(['a', 'b', 'c']);
    expect(withTraces(['a'], many)).toEqual(['a', ...many.slice(0, 7)]);
  });
});

describe('a lookup', () => {
  it('is a part of the trace that asked for it first, and linked to the others', async () => {
    const recorded = new RecordedSpans();
    const traces = await Promise.all(['first', 'second', 'third'].map((name) => recorded.during(name, () => {})));
    const verdict = { kind: 'again', delayMs: 5, attempts: 2 } as const;
    const done = await traced({ ...JOB, traces }, async () => {
      beginChild('lookup.permit')?.end();
      return verdict;
    });
    expect(done).toBe(verdict);
    expect(recorded.ended.slice(3)).toEqual([
      expect.objectContaining({ name: 'lookup.permit', parent: 'lookup' }),
      {
        name: 'lookup',
        parent: 'first',
        links: ['second', 'third'],
        isFailed: false,
        attributes: { 'whence.lookup.lane': 'waiting', 'whence.lookup.attempts': 1, 'whence.lookup.verdict': 'again' },
      },
    ]);
  });

  it('that no trace has asked for begins one of its own', async () => {
    const recorded = new RecordedSpans();
    await traced(JOB, async () => ({ kind: 'done' }));
    expect(recorded.ended.map(({ name, parent, links }) => [name, parent, links])).toEqual([['lookup', null, []]]);
  });

  it('is done as it is where nothing is traced', async () => {
    const verdict = { kind: 'done' } as const;
    expect(await traced({ ...JOB, traces: ['00-1-2-01'] }, async () => verdict)).toBe(verdict);
  });

  it('that throws is told as failed', async () => {
    const recorded = new RecordedSpans();
    const failing = traced(JOB, () => Promise.reject(new TypeError('of 81.2.69.142')));
    await expect(failing).rejects.toThrow(TypeError);
    expect(recorded.ended).toMatchObject([{ isFailed: true, attributes: { 'error.type': 'TypeError' } }]);
  });
});

it('the backlog keeps the traces of a key while it is raised, taken and put back', () => {
  const recorded = new RecordedSpans();
  const [first, second] = ['first', 'second'].map((name) => traceparentOf(recorded.request(name)) ?? '');
  const backlog = new Backlog(new ManualClock(), { largest: 5, headStartMs: 0, refreshIntervalMs: 1_000 });
  const request = { key: JOB.key, address: JOB.address, events: 1 };
  for (const traces of [undefined, [first ?? ''], [second ?? ''], undefined]) backlog.request({ ...request, traces });
  const job = backlog.takeBest();
  expect(job?.traces).toEqual([first, second]);
  if (job !== undefined) backlog.putBack({ ...job, attempts: 1 });
  expect(backlog.takeBest('probe')).toMatchObject({ attempts: 1, traces: [first, second] });
});
