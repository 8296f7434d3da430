import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { ROOT } from '../support/built.js';
import { requiredProgram } from '../support/required-programs.js';

const RULES = 'docker/prometheus/alerts.yml';
const RULE_TESTS = 'test/integration/alerts.test.yml';
const DASHBOARD = 'docker/grafana/dashboards/whence.json';

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** Fails with what promtool has to say. */
const promtool = async (...parameters: string[]) =>
  (await promisify(execFile)(requiredProgram('promtool'), parameters, { cwd: ROOT })).stdout;

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);
const ALERTS = all(read(RULES), /- alert: (\w+)/g);

describe('the alerts', () => {
  it('are taken by Prometheus, with its configuration', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'whence-prometheus-'));
    atTestEnd(() => rm(folder, { recursive: true }));
    // It looks whether there is a key.
    await writeFile(join(folder, 'metrics-key'), '');
    await writeFile(join(folder, 'alerts.yml'), read(RULES));
    const configuration = read('docker/prometheus/prometheus.yml').replaceAll('/run/secrets', folder);
    await writeFile(join(folder, 'prometheus.yml'), configuration);
    expect(await promtool('check', 'config', join(folder, 'prometheus.yml'))).toContain(`${ALERTS.length} rules found`);
  });

  it('fire when they should, and not else', async () => {
    expect(await promtool('test', 'rules', RULE_TESTS)).toContain('SUCCESS');
  });

  it('are each tested both ways', () => {
    const tests = read(RULE_TESTS);
    const quiet = all(tests, /alertname: (\w+)[,\s]+eval_time: \w+[,\s]+exp_alerts: \[\]/g);
    const firing = all(tests, /alertname: (\w+)\s+eval_time: \w+\s+exp_alerts:\s+(?:&\w+\s+)?- exp_labels/g);
    expect([...new Set(quiet)].toSorted()).toEqual(ALERTS.toSorted());
    expect([...new Set(firing)].toSorted()).toEqual(ALERTS.toSorted());
  });

  it('each lead to what is to be done', () => {
    const runbooks = all(read(RULES), /runbook: (.+)/g);
    expect(runbooks).toEqual(ALERTS.map((name) => `docs/operations.md#${name.toLowerCase()}`));
    const headings = all(read('docs/operations.md'), /^### (Whence\w+)$/gm);
    expect(headings.toSorted()).toEqual(ALERTS.toSorted());
  });
});

describe('the dashboard', () => {
  it('asks only what Prometheus understands', async () => {
    const panels = (JSON.parse(read(DASHBOARD)) as Dashboard).panels.flatMap(({ targets = [] }) => targets);
    const rules = panels.map(({ expr }, place) => ({
      record: `panel:${place}`,
      expr: expr.replaceAll('$__rate_interval', '1m'),
    }));
    const folder = await mkdtemp(join(tmpdir(), 'whence-rules-'));
    atTestEnd(() => rm(folder, { recursive: true }));
    const path = join(folder, 'panels.yml');
    // JSON is YAML.
    await writeFile(path, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(await promtool('check', 'rules', path)).toContain(`${rules.length} rules found`);
  });
});
