import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { processMetrics } from './process-metrics.js';
import { Reading } from './reading.js';

/** Prometheus gives a scrape ten seconds by itself, and a store that hangs must leave it the rest. */
export const LONGEST_SCRAPE_MS = 1_500;

/** What a metric is called, by the conventions of Prometheus: `whence_…`, with the unit, and `_total` for what only grows. */
export interface MetricDescription<Label extends string = never> {
  readonly name: string;
  readonly help: string;
  /** Each has few values, known when the code is written; an address or an id is never among them. */
  readonly labels?: readonly Label[];
}

/** A gauge whose value is a part of what a collector reads. */
export interface CollectedGauge<Value> {
  readonly name: string;
  readonly help: string;
  /** Tells the values apart where there are several. */
  readonly label?: string;
  /** One number, or one for each value of the label; null where there is none, and then the gauge is not shown. */
  readonly of: (value: Value) => number | null | Readonly<Record<string, number>>;
}

/** Gauges that are read together when somebody scrapes, since reading them costs a query. */
export interface Collector<Value> {
  readonly name: string;
  /** May fail, and may hang: the gauges are then those of up to a minute before, or not shown. */
  readonly read: () => Promise<Value>;
  readonly gauges: readonly CollectedGauge<Value>[];
}

/**
 * The metrics of this process. Each feature registers its own when it is set up, and the platform knows none of them. A
 * name that is taken throws.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly refreshes: ((withinMs: number) => Promise<void>)[] = [];
  private readonly success: Gauge<'collector'>;

  constructor(private readonly clock: Clock) {
    this.success = this.gauge({
      name: 'whence_collector_success',
      help: 'Whether the values that a collector asks for are known (1), or could not be had for a minute (0).',
      labels: ['collector'],
    });
  }

  counter<Label extends string = never>(description: MetricDescription<Label>): Counter<Label> {
    return new Counter(this.configuration(description));
  }

  histogram<Label extends string = never>(
    description: MetricDescription<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label> {
    return new Histogram({ ...this.configuration(description), buckets: [...description.buckets] });
  }

  /** @param collect sets the value, each time that somebody scrapes */
  gauge<Label extends string = never>(
    description: MetricDescription<Label>,
    collect?: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    const configuration = this.configuration(description);
    if (collect === undefined) return new Gauge(configuration);
    return new Gauge<Label>({
      ...configuration,
      collect() {
        collect(this);
      },
    });
  }

  /** Registers gauges whose values are asked for at each scrape, but never more often than every five seconds. */
  collect<Value>({ name, read, gauges }: Collector<Value>): void {
    const reading = new Reading(read, this.clock);
    const shown = gauges.map((gauge) => this.shown(gauge));
    this.refreshes.push(async (withinMs) => {
      const value = await reading.value(withinMs);
      this.success.set({ collector: name }, value === null ? 0 : 1);
      for (const show of shown) show(value);
    });
  }

  /** All of them in Prometheus' text format. Waits so long at most, and never rejects because something is away. */
  async text(withinMs = LONGEST_SCRAPE_MS): Promise<string> {
    await Promise.all(this.refreshes.map((refresh) => refresh(withinMs)));
    const texts = await Promise.all([this.registry.metrics(), processMetrics().metrics()]);
    return texts.join('\n');
  }

  private configuration<Label extends string>({ name, help, labels = [] }: MetricDescription<Label>) {
    return { name, help, labelNames: labels, registers: [this.registry] };
  }

  private shown<Value>({ name, help, label, of }: CollectedGauge<Value>): (value: Value | null) => void {
    const gauge = this.gauge<string>({ name, help, labels: label === undefined ? [] : [label] });
    return (value) => {
      gauge.reset();
      const numbers = value === null ? null : of(value);
      if (typeof numbers === 'number') gauge.set(numbers);
      else if (label === undefined) gauge.remove();
      else for (const [each, number] of Object.entries(numbers ?? {})) gauge.set({ [label]: each }, number);
    };
  }
}
