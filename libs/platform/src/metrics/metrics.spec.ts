import type { FastifyReply, FastifyRequest } from 'fastify';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { strictDouble } from '../testing/strict-double.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  let clock: ManualClock;
  let metrics: Metrics;

  beforeEach(() => {
    clock = new ManualClock();
    metrics = new Metrics(clock);
  });

  /** The samples whose metric has a name like that. */
  const samples = async (name: RegExp) =>
    (await metrics.text()).split('\n').filter((line) => !line.startsWith('#') && name.test(line));

  it('tells what was counted, observed and set, with help and type', async () => {
    metrics.counter({ name: 'whence_a_total', help: 'As.', labels: ['kind'] }).inc({ kind: 'x' }, 3);
    metrics.histogram({ name: 'whence_b_seconds', help: 'Bs.', buckets: [1, 2] }).observe(1.5);
    metrics.gauge({ name: 'whence_c', help: 'Cs.' }, (gauge) => gauge.set(7));
    const text = await metrics.text();
    expect(text).toContain('# HELP whence_a_total As.\n# TYPE whence_a_total counter\nwhence_a_total{kind="x"} 3\n');
    expect(await samples(/^whence_[bc]/)).toEqual([
      'whence_b_seconds_bucket{le="1"} 0',
      'whence_b_seconds_bucket{le="2"} 1',
      'whence_b_seconds_bucket{le="+Inf"} 1',
      'whence_b_seconds_sum 1.5',
      'whence_b_seconds_count 1',
      'whence_c 7',
    ]);
  });

  it('tells of the process, also where there is more than one service in it', async () => {
    const others = await new Metrics(clock).text();
    expect(others).toContain('process_cpu_seconds_total');
    expect(await samples(/^nodejs_eventloop_lag_p99_seconds/)).toHaveLength(1);
  });

  it('takes no name twice', () => {
    metrics.gauge({ name: 'whence_x', help: 'x' });
    expect(() => metrics.gauge({ name: 'whence_x', help: 'x' })).toThrow('already been registered');
  });

  describe('with a collector', () => {
    let read: () => Promise<{ size: number | null; byState: Record<string, number> }>;

    beforeEach(() => {
      metrics.collect({
        name: 'stores',
        read: () => read(),
        gauges: [
          { name: 'whence_size', help: 'Size.', of: ({ size }) => size },
          { name: 'whence_jobs', help: 'Jobs.', label: 'state', of: ({ byState }) => byState },
        ],
      });
    });

    const collected = () => samples(/^whence_(size|jobs|collector)/);

    it('tells what it reads, one number or several', async () => {
      read = async () => ({ size: 0, byState: { open: 1, closed: 2 } });
      expect(await collected()).toEqual([
        'whence_collector_success{collector="stores"} 1',
        'whence_size 0',
        'whence_jobs{state="open"} 1',
        'whence_jobs{state="closed"} 2',
      ]);
    });

    it('leaves out what there is none of, and shows it again', async () => {
      read = async () => ({ size: null, byState: {} });
      expect(await collected()).toEqual(['whence_collector_success{collector="stores"} 1']);
      clock.advance(5_000);
      read = async () => ({ size: 5, byState: {} });
      expect(await collected()).toEqual(['whence_collector_success{collector="stores"} 1', 'whence_size 5']);
    });

    it('waits for all that hangs no longer than the time that is left for a scrape', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
      onTestFinished(() => void vi.useRealTimers());
      read = () => new Promise(() => {});
      metrics.collect({ name: 'others', read: () => new Promise<number>(() => {}), gauges: [] });
      const controller = new MetricsController(metrics);
      const reply: FastifyReply = strictDouble<FastifyReply>('FastifyReply', { headers: () => reply });
      const request = { arrivedAtMs: performance.now() - 600 } as FastifyRequest;
      const scraped = controller.scrape({}, request, reply);
      // Time stands still from then on: whatever waits longer is never answered.
      await vi.advanceTimersByTimeAsync(900);
      expect(await scraped).toContain('whence_collector_success{collector="stores"} 0');
    });

    it('tells everything else, and that it failed, where it cannot read', async () => {
      metrics.counter({ name: 'whence_other_total', help: 'Others.' }).inc();
      read = async () => ({ size: 5, byState: { open: 1 } });
      await collected();
      read = () => Promise.reject(new Error('secret'));
      clock.advance(60_000);
      expect(await collected()).toEqual(['whence_collector_success{collector="stores"} 0']);
      expect(await samples(/^whence_other/)).toEqual(['whence_other_total 1']);
    });
  });
});
