import { describe, expect, it } from 'vitest';
import { SettingsError } from './setting-reader.js';
import { readStandInSettings } from './stand-in-settings.js';

describe('readStandInSettings', () => {
  const read = (environment: Record<string, string>, forked = false) => readStandInSettings({ forked }, environment);

  it("plays the real API's limits on port 8080 of loopback when nothing is set", () => {
    expect(read({})).toEqual({
      port: 8_080,
      host: '127.0.0.1',
      requestsPerSecond: 5,
      hiccupShare: 0.05,
      hiccupMaxMs: 5_000,
      seed: expect.any(Number) as number,
      logRequests: false,
      fault: 'none',
    });
  });

  it('takes a free port when forked, unless told which', () => {
    expect([read({}, true).port, read({ STAND_IN_PORT: '9000' }, true).port]).toEqual([0, 9_000]);
  });

  it('takes what is set', () => {
    const environment = {
      STAND_IN_PORT: '0',
      STAND_IN_HOST: '::1',
      STAND_IN_REQUESTS_PER_SECOND: '50',
      STAND_IN_HICCUP_SHARE: '1',
      STAND_IN_HICCUP_MAX_MS: '1000',
      STAND_IN_SEED: '4294967295',
      STAND_IN_LOG_REQUESTS: 'true',
      STAND_IN_FAULT: 'hang',
    };
    expect(read(environment)).toEqual({
      port: 0,
      host: '::1',
      requestsPerSecond: 50,
      hiccupShare: 1,
      hiccupMaxMs: 1_000,
      seed: 4_294_967_295,
      logRequests: true,
      fault: 'hang',
    });
  });

  it('takes an empty value as not set', () => {
    expect(read({ STAND_IN_PORT: '', STAND_IN_FAULT: ' ' })).toMatchObject({ port: 8_080, fault: 'none' });
  });

  it('names all wrong settings at once, with the value and what was expected', () => {
    const environment = { STAND_IN_PORT: 'tcp://10.0.0.1:80', STAND_IN_HICCUP_SHARE: '5', STAND_IN_FAULT: 'slow' };
    expect(() => read(environment)).toThrow(SettingsError);
    expect(() => read(environment)).toThrow(
      'wrong settings:\n' +
        '  STAND_IN_PORT is "tcp://10.0.0.1:80", expected a whole number from 0 to 65535\n' +
        '  STAND_IN_HICCUP_SHARE is "5", expected a number from 0 to 1, such as 0.05\n' +
        '  STAND_IN_FAULT is "slow", expected one of none, unavailable, hang',
    );
  });

  it.each([
    ['STAND_IN_PORT', '65536'],
    ['STAND_IN_PORT', '-1'],
    ['STAND_IN_HOST', 'http://localhost'],
    ['STAND_IN_REQUESTS_PER_SECOND', '0'],
    ['STAND_IN_REQUESTS_PER_SECOND', '5.5'],
    ['STAND_IN_REQUESTS_PER_SECOND', '5e1'],
    ['STAND_IN_HICCUP_SHARE', '1.01'],
    ['STAND_IN_HICCUP_SHARE', '5%'],
    ['STAND_IN_HICCUP_MAX_MS', '999'],
    ['STAND_IN_SEED', '4294967296'],
    ['STAND_IN_LOG_REQUESTS', 'yes'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(`${name} is "${value}", expected `);
  });
});
