import { PrometheusServer } from '../../test/support/prometheus-server.js';
import type { TimedValue } from '../measure/growth.js';

const STEP_SECONDS = 2;

/** Whose metrics are read: `job` and `host:port`. */
export interface Target {
  readonly job: string;
  readonly host: string;
}

/** What a query answers with, over time. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly TimedValue[];
}

/** The real Prometheus, which asks its targets every two seconds. */
export class Prometheus {
  private constructor(private readonly server: PrometheusServer) {}

  static async start(targets: readonly Target[]): Promise<Prometheus> {
    const jobs = [...new Set(targets.map(({ job }) => job))].map((job) => {
      const hosts = targets.filter((target) => target.job === job).map(({ host }) => host);
      return { job_name: job, static_configs: [{ targets: hosts }] };
    });
    const global = { scrape_interval: `${STEP_SECONDS}s` };
    return new Prometheus(await PrometheusServer.start({ global, scrape_configs: jobs }));
  }

  /** @throws Error in Prometheus' own words */
  async range(query: string, fromMs: number, toMs: number): Promise<Series[]> {
    const period = { start: `${fromMs / 1_000}`, end: `${toMs / 1_000}`, step: `${STEP_SECONDS}` };
    const result = await this.server.ask('query_range', { query, ...period });
    return result.map(({ metric, values = [] }) => ({
      labels: metric,
      points: values
        .map(([atSeconds, value]) => ({ seconds: atSeconds - fromMs / 1_000, value: Number(value) }))
        .filter(({ value }) => Number.isFinite(value)),
    }));
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
