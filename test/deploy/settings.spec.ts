import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { settingsOf as settingsOnAws } from './cloudformation-settings.js';
import { environmentOf, makeEnv } from './compose.js';
import { settingNames } from './files.js';
import { settingsOf as settingsOnKubernetes, workloads } from './kubernetes.js';

/** What no description of an installation sets, and why. */
const LEFT_OUT = {
  HOST: 'the image sets it',
  GEOIP_CONCURRENCY: 'it follows from the budget and the timeout',
  GEOIP_FALLBACK_MMDB: 'it names a file that whoever wants it has to mount',
  GEOIP_FALLBACK_AFTER_SECONDS: 'it goes with that file',
};

/** What compose leaves to the image as well. */
const LEFT_OUT_OF_COMPOSE = { ...LEFT_OUT, PORT: 'the image sets it' };

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
