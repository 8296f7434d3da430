import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { onFreePort } from './free-port.js';
import { requiredProgram } from './required-programs.js';
import { TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const START_TIMEOUT_MS = 20_000;

/** A series as the query API answers it: `value` for one moment, `values` for several, each [seconds since 1970, number]. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** The real Prometheus on a free port, which forgets what it has scraped when it ends. */
export class PrometheusServer {
  private constructor(
    private readonly url: string,
    private readonly process: TiedProcess,
    private readonly folder: string,
  ) {}

  /** Starts it with what prometheus.yml is to have in it, and returns when it answers queries. */
  static async start(configuration: object): Promise<PrometheusServer> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    try {
      await writeFile(file, stringify(configuration));
      return await onFreePort((port) => PrometheusServer.#startOn(`127.0.0.1:${port}`, folder, file));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Asks the query API (`query` or `query_range`, with the parameters that Prometheus documents for it).
   * @throws Error in Prometheus' own words
   */
  async ask(path: 'query' | 'query_range', parameters: Readonly<Record<string, string>>): Promise<QueriedSeries[]> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { error?: string; data?: { result: QueriedSeries[] } };
    if (answer.data === undefined) throw new Error(`${parameters['query']}: ${answer.error}`);
    return answer.data.result;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  static async #startOn(address: string, folder: string, file: string): Promise<PrometheusServer> {
    const places = [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`];
    const running = new TiedProcess(requiredProgram('prometheus'), places, { cwd: folder });
    const ready = async () => {
      if (!(await fetch(`http://${address}/-/ready`)).ok) throw new Error('Prometheus is not ready');
    };
    await untilReady('prometheus', running, ready, START_TIMEOUT_MS);
    return new PrometheusServer(`http://${address}`, running, folder);
  }
}
