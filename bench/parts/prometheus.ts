import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { onFreePort } from '../../test/support/free-port.js';
import { requiredProgram } from '../../test/support/required-programs.js';
import { TiedProcess } from '../../test/support/tied-process.js';
import { untilReady } from '../../test/support/until-ready.js';
import type { TimedValue } from '../measure/growth.js';

const START_TIMEOUT_MS = 20_000;
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

/** The real Prometheus on a free port, which asks its targets every two seconds and forgets it all when it ends. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly process: TiedProcess,
    private readonly folder: string,
  ) {}

  static async start(targets: readonly Target[]): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    const jobs = [...new Set(targets.map(({ job }) => job))].map((job) => {
      const hosts = targets.filter((target) => target.job === job).map(({ host }) => host);
      return { job_name: job, static_configs: [{ targets: hosts }] };
    });
    await writeFile(file, stringify({ global: { scrape_interval: `${STEP_SECONDS}s` }, scrape_configs: jobs }));
    return onFreePort(async (port) => {
      const address = `127.0.0.1:${port}`;
      const parameters = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`];
      const program = requiredProgram('prometheus');
      const running = new TiedProcess(program, [...parameters, `--web.listen-address=${address}`], { cwd: folder });
      const ready = async () => {
        if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('Prometheus is not ready');
      };
      await untilReady('prometheus', running, ready, START_TIMEOUT_MS);
      return new Prometheus(`http://${address}`, running, folder);
    });
  }

  /** @throws Error in Prometheus' own words */
  async range(query: string, fromMs: number, toMs: number): Promise<Series[]> {
    const parameters = { query, start: `${fromMs / 1_000}`, end: `${toMs / 1_000}`, step: `${STEP_SECONDS}` };
    const answer = await fetch(`${this.url}/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
    };
    if (status !== 'success') throw new Error(`${query}: ${error}`);
    return data.result.map(({ metric, values }) => ({
      labels: metric,
      points: values
        .map(([atSeconds, value]) => ({ seconds: atSeconds - fromMs / 1_000, value: Number(value) }))
        .filter(({ value }) => Number.isFinite(value)),
    }));
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
