import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alertedJobs, type Mapping, textOf } from '../deploy/files.js';
import { ApiKeys } from '../support/api-keys.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi } from '../support/fake-geo-ip-api.js';
import { freshDatabaseUrl } from '../support/fresh-database.js';
import { PrometheusServer } from '../support/prometheus-server.js';
import { WhenceApp } from '../support/whence-app.js';

interface Configuration extends Mapping {
  readonly global: Mapping;
  readonly scrape_configs: Mapping[];
}

/** docker/prometheus/prometheus.yml, but for where the processes are, where the key is, and how often it asks. */
function configuration(target: string, keyFile: string): Configuration {
  const text = textOf('docker/prometheus/prometheus.yml').replaceAll('/run/secrets/metrics-key', keyFile);
  const { global, scrape_configs: jobs } = parse(text) as Configuration;
  const here = jobs.map(({ dns_sd_configs: _names, ...job }) => ({ ...job, static_configs: [{ targets: [target] }] }));
  return { global: { ...global, scrape_interval: '500ms' }, scrape_configs: here };
}

/** The real Prometheus. @returns what it answers to a query: the job and the value of each series */
async function startPrometheus(target: string, keyFile: string) {
  const prometheus = await PrometheusServer.start(configuration(target, keyFile));
  atTestEnd(() => prometheus.stop());
  return async (query: string) => {
    const result = await prometheus.ask('query', { query });
    return result.map(({ metric, value }) => [metric['job'], value?.[1]] as const);
  };
}

describe.each(['off', 'required'])('Prometheus, with AUTH=%s', (AUTH) => {
  it('scrapes as docker/prometheus says, from when its file has a key, where one is needed', async () => {
    const app = await WhenceApp.start(await freshDatabaseUrl('sqlite'), await FakeGeoIpApi.start(), { AUTH });
    const folder = await mkdtemp(join(tmpdir(), 'whence-key-'));
    atTestEnd(() => rm(folder, { recursive: true }));
    const keyFile = join(folder, 'metrics-key');
    // As docker/make-env.sh leaves it.
    await writeFile(keyFile, '');
    const query = await startPrometheus(new URL(app.url).host, keyFile);
    const [before, after] = AUTH === 'off' ? ['1', '1'] : ['0', '1'];
    const jobsWith = (up: string) => ['whence-api', 'whence-worker'].map((job) => [job, up]);
    await eventually(async () => expect((await query('up')).toSorted()).toEqual(jobsWith(before)), {
      timeoutMs: 30_000,
    });
    const { text } = await new ApiKeys(app.get(DataSource)).make({ scopes: ['read'] });
    await writeFile(keyFile, `${text}\n`);
    await eventually(async () => expect((await query('up')).toSorted()).toEqual(jobsWith(after)), {
      timeoutMs: 30_000,
    });
    expect((await query('whence_ready')).map(([, value]) => value)).toEqual(['1', '1']);
    for (const [job] of await query('up')) expect(job).toMatch(alertedJobs());
  });
});
