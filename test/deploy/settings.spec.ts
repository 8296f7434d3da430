import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { containerOf, settingsOf as settingsOnAws } from './cloudformation-settings.js';
import { composeFile, environmentOf, makeEnv } from './compose.js';
import { settingNames } from './files.js';
import { settingsOf as settingsOnKubernetes, workloads } from './kubernetes.js';

/** What no description of an installation sets, and why. */
const LEFT_OUT = { HOST: 'the image sets it' };

/** What compose leaves to the image as well. */
const LEFT_OUT_OF_COMPOSE = { ...LEFT_OUT, PORT: 'the image sets it' };

/** What docker-compose.yml decides itself, and why; all else is set in .env. */
const DECIDED_BY_COMPOSE = {
  DATABASE_URL: 'it has the password that make-env.sh makes',
  REDIS_URL: 'it has the password that make-env.sh makes',
  ROLE: 'there is a service of each',
  SHUTDOWN_GRACE_MS: 'it goes with stop_grace_period',
};

/** Of api processes alone: only workers call the Geolocation API. */
const NOT_OF_API = ['GEOIP_URL'];

const SECRETS = {
  DATABASE_URL: 'mysql://whence:secret@db/whence?ssl=true',
  REDIS_URL: 'rediss://:secret@redis:6379',
  GEOIP_URL: 'http://geoip-api/{ip}',
  IP_HASH_SECRET: 'x'.repeat(64),
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
};

function onKubernetes(role: string): Record<string, string> {
  const workload = workloads().find(({ metadata }) => metadata.name === `whence-${role}`);
  if (workload === undefined) throw new Error(`there is no ${role}`);
  return settingsOnKubernetes(workload, SECRETS);
}

describe.each([
  ['docker-compose.yml', LEFT_OUT_OF_COMPOSE, (role: string) => environmentOf(role, makeEnv([]).variables)],
  ['deploy/kubernetes', LEFT_OUT, onKubernetes],
  ['deploy/aws', LEFT_OUT, (role: string) => settingsOnAws(role === 'api' ? 'ApiTask' : 'WorkerTask')],
])('%s', (_where, leftOut, settingsOf) => {
  it.each(['api', 'worker'])('forgets none of the settings that there are, for the role %s', (role) => {
    const expected = settingNames().filter((name) => !(name in leftOut));
    const set = Object.keys(settingsOf(role));
    const missing = expected.filter((name) => !set.includes(name));
    expect(missing.filter((name) => role === 'worker' || !NOT_OF_API.includes(name))).toEqual([]);
    expect(Object.keys(leftOut).filter((name) => set.includes(name))).toEqual([]);
    expect(settingNames()).toEqual(expect.arrayContaining(Object.keys(leftOut)));
  });

  it.each(['truncate', 'drop'])('has all that IP_RETENTION=%s needs', (retention) => {
    for (const role of ['api', 'worker']) {
      expect(loadSettings({ ...settingsOf(role), IP_RETENTION: retention }).ipHashSecret).toMatch(/^.{32,}$/);
    }
  });
});

it('lets .env set whatever docker-compose.yml does not decide itself, as WHENCE_ and its name', () => {
  const { api, worker } = composeFile().services;
  const environment = { ...api?.environment, ...worker?.environment };
  const fixed = Object.entries(environment).filter(([name, value]) => !value.startsWith(`\${WHENCE_${name}:`));
  expect(fixed.map(([name]) => name).toSorted()).toEqual(Object.keys(DECIDED_BY_COMPOSE));
});

it('lets the parameters of the template set whatever it does not decide itself', () => {
  for (const task of ['ApiTask', 'WorkerTask']) {
    const fixed = (containerOf(task).Environment ?? []).filter(({ Value }) => typeof Value === 'string');
    expect(fixed.map(({ Name }) => Name)).toEqual(['ROLE', 'PORT', 'SHUTDOWN_GRACE_MS']);
  }
});
