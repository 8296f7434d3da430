import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/built.js';
import { eventually } from '../support/eventually.js';
import { metricNamesIn, samplesIn, valuesOf } from '../support/metric-text.js';
import { requiredProgram } from '../support/required-programs.js';
import { StandInProcess } from '../support/stand-in-process.js';
import { WhenceClient } from '../support/whence-client.js';
import { WhenceProcess } from '../support/whence-process.js';
import { storeSettings } from './ways-to-run.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENT = read('docs/operations.md');
/** By the way in which the service is run: what there is only with one of the databases. */
const OF_MYSQL = /^whence_database_pool/;
const OF_SQLITE = /^whence_database_writes/;
/** Given by Prometheus itself. */
const OF_PROMETHEUS = ['up'];
const LABELS_OF_PROMETHEUS = ['job', 'instance', 'le'];

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

/** The expressions that Prometheus is asked, and where each stands. */
const QUERIES: readonly (readonly [where: string, query: string])[] = [
  ...(JSON.parse(read('docker/grafana/dashboards/whence.json')) as Dashboard).panels.flatMap(
    ({ title, targets = [] }) => targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...[...read('docker/prometheus/alerts.yml').matchAll(/alert: (\w+)\n +expr: ((?:.|\n)+?)\n +(?:for|labels):/g)].map(
    ([, alert = '', expr = '']) => [`alert ${alert}`, expr] as const,
  ),
];

/** What a query asks for: names of samples, each with the labels that it has to have. */
function selectorsIn(query: string): { name: string; labels: string[] }[] {
  return [...query.matchAll(/\b((?:whence|nodejs|process)_\w+|up)\b(?:\{([^}]*)\})?/g)].map(
    ([, name = '', labels = '']) => ({
      name,
      labels: [...labels.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
    }),
  );
}

/** The names in the tables of the document: the first column, in backquotes. */
const DOCUMENTED = [...DOCUMENT.matchAll(/^\| `(whence_\w+)`/gm)].map(([, name = '']) => name);

const isOurs = (name: string) => name.startsWith('whence_');

describe('the metrics of an api, a worker and a sole process', () => {
  const texts: Record<string, string> = {};

  beforeAll(async () => {
    const standIn = await StandInProcess.start();
    const GEOIP_URL = `${standIn.url}/{ip}`;
    const stores = await storeSettings('production');
    const [api, worker, all] = await Promise.all([
      WhenceProcess.start({ ...stores, GEOIP_URL, ROLE: 'api' }),
      WhenceProcess.start({ ...stores, GEOIP_URL, ROLE: 'worker' }),
      WhenceProcess.start({ ...(await storeSettings('embedded')), GEOIP_URL }),
    ]);
    for (const { url } of [api, all]) {
      const client = new WhenceClient(url);
      const taskId = await client.submit('81.2.69.142');
      await eventually(async () => expect((await client.event(taskId)).location_status).toBe('located'), {
        timeoutMs: 50_000,
        everyMs: 100,
      });
    }
    for (const [name, { url }] of Object.entries({ api, worker, all })) {
      const answer = await fetch(`${url}/metrics`);
      expect(answer.status).toBe(200);
      texts[name] = await answer.text();
    }
  });

  const everything = () => Object.values(texts).join('\n');

  it('are those of docs/operations.md, in every process', () => {
    expect(new Set(DOCUMENTED).size).toBe(DOCUMENTED.length);
    const expected = (others: RegExp) => DOCUMENTED.filter((name) => !others.test(name)).toSorted();
    const found = (name: string) =>
      metricNamesIn(texts[name] ?? '')
        .filter(isOurs)
        .toSorted();
    expect(found('api')).toEqual(expected(OF_SQLITE));
    expect(found('worker')).toEqual(expected(OF_SQLITE));
    expect(found('all')).toEqual(expected(OF_MYSQL));
  });

  it('have a value each, somewhere', () => {
    const names = samplesIn(everything()).map(({ name }) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(DOCUMENTED.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('tell who they are, and the same of what is shared', () => {
    for (const [name, text] of Object.entries(texts)) {
      expect(valuesOf(text, 'whence_process_info', { role: name })).toEqual([1]);
      expect(valuesOf(text, 'whence_ready')).toEqual([1]);
      expect(valuesOf(text, 'whence_waiting_events')).toEqual([0]);
      expect(valuesOf(text, 'whence_lookup_budget_requests_per_second')).toEqual([5]);
      expect(valuesOf(text, 'whence_breaker_state', { state: 'closed' })).toEqual([1]);
    }
  });

  it('are counted where they happen', () => {
    const located = (name: string) => valuesOf(texts[name] ?? '', 'whence_lookups_total', { outcome: 'located' });
    expect([located('api'), located('worker'), located('all')]).toEqual([[0], [1], [1]]);
    const accepted = { kind: 'single', outcome: 'accepted' };
    const events = (name: string) => valuesOf(texts[name] ?? '', 'whence_events_submitted_total', accepted);
    expect([events('api'), events('worker'), events('all')]).toEqual([[1], [0], [1]]);
  });

  it('are named as Prometheus wants it', () => {
    const input = everything()
      .split(/^(?=# HELP )/m)
      .filter((part) => part.startsWith('# HELP whence_'))
      // Each once: promtool takes a second one for a mistake.
      .filter((part, place, parts) => parts.findIndex((other) => other.slice(0, 60) === part.slice(0, 60)) === place)
      .join('');
    expect(execFileSync(requiredProgram('promtool'), ['check', 'metrics'], { input }).toString()).toBe('');
  });

  it('are all that the dashboard and the alerts ask for', () => {
    expect(QUERIES.length).toBeGreaterThan(30);
    const samples = samplesIn(everything());
    const unknown = QUERIES.flatMap(([where, query]) =>
      selectorsIn(query)
        .filter(({ name }) => !OF_PROMETHEUS.includes(name))
        .filter(
          ({ name, labels }) =>
            !samples.some(
              (sample) =>
                sample.name === name &&
                labels.every((label) => LABELS_OF_PROMETHEUS.includes(label) || label in sample.labels),
            ),
        )
        .map(({ name, labels }) => `${where}: ${name}{${labels.join()}}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are all that the document speaks of', () => {
    const declared = metricNamesIn(everything());
    const spokenOf = [...DOCUMENT.matchAll(/\b(?:whence|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name);
    const known = (name: string) =>
      declared.includes(name) || declared.includes(name.replace(/_(bucket|sum|count)$/, ''));
    expect([...new Set(spokenOf)].filter((name) => !known(name))).toEqual([]);
  });
});
