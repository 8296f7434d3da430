import { describe, expect, it } from 'vitest';
import { readEnvFile } from './env-file.js';

const faults = (text: string) => readEnvFile(text).faults.map(({ name, message }) => `${name}: ${message}`);

describe('readEnvFile', () => {
  it('reads assignments, quotes, comments, blank lines and export', () => {
    const text =
      '# one\n\nAUTH=required # on\r\n  export HOST = "0.0.0.0"\nexport  PORT=\'80\'\nGEOIP_URL=http://x/{ip}?a=b\n';
    expect(readEnvFile(text)).toEqual({
      values: { AUTH: 'required', HOST: '0.0.0.0', PORT: '80', GEOIP_URL: 'http://x/{ip}?a=b' },
      faults: [],
    });
  });

  it('reads the first setting also behind a byte order mark', () => {
    expect(readEnvFile('\uFEFFAUTH=required\n')).toEqual({ values: { AUTH: 'required' }, faults: [] });
  });

  it.each(['<<<<<<< HEAD', 'AUTH', '=required', '1AUTH=required', 'AUTH: required', 'hunter2'])(
    'refuses the line %j, and reads the next one all the same',
    (line) => {
      const { values, faults } = readEnvFile(`PORT=80\n${line}\nAUTH=required\n`);
      expect(values).toEqual({ PORT: '80', AUTH: 'required' });
      expect(faults).toEqual([{ name: '.env, line 2', message: expect.stringContaining('expected NAME=value') }]);
      expect(JSON.stringify(faults)).not.toContain('hunter2');
    },
  );

  it('refuses a quote that would take the lines below with it', () => {
    expect(faults('HOST="0.0.0.0\nAUTH=required\nLOG_LEVEL="info"\n')).toEqual([
      '.env, line 1: expected a value whose quotes are closed on the same line',
    ]);
  });

  it.each([
    ['AUHT', 'AUTH'],
    ['auth', 'AUTH'],
    ['Auth', 'AUTH'],
    ['AUTHS', 'AUTH'],
    ['THROTLE_PER_MINUTES', 'THROTTLE_PER_MINUTE'],
    ['DATABASE_URI', 'DATABASE_URL'],
  ])('refuses %s, which must be meant for %s', (name, meant) => {
    expect(faults(`# of ours\n${name}=required\n`)).toEqual([
      `.env, line 2: ${name} is no setting; ${meant} is. Correct or remove the line`,
    ]);
  });

  it('leaves other programs their variables', () => {
    const names = ['COMPOSE_PROFILES', 'MYSQL_PASSWORD', 'REDIS_PASSWORD', 'WHENCE_AUTH', 'WHENCE_GEOIP_URL', 'PATH'];
    const others = [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'OTEL_TRACES_SAMPLER',
      'NODE_ENV',
      'NODE_OPTIONS',
      'TZ',
      'HOME',
      'USER',
    ];
    for (const name of [...names, ...others]) expect(faults(`${name}=a\n${name}=b\n`)).toEqual([]);
  });

  it('refuses a setting that is given twice, unless it is the same', () => {
    expect(faults('AUTH=required\nAUTH=required\n')).toEqual([]);
    expect(faults('AUTH=required\n\nAUTH=off\n')).toEqual([
      'AUTH: given twice in .env, with different values: in lines 1 and 3',
    ]);
  });
});
