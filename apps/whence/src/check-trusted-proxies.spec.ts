import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { checkTrustedProxies } from './check-trusted-proxies.js';

const load = (trustedProxies: string, others: NodeJS.ProcessEnv = {}) =>
  loadSettings({ ...others, TRUSTED_PROXIES: trustedProxies }, [checkTrustedProxies]);

describe('checkTrustedProxies', () => {
  it.each(['', 'none', '2', 'loopback,10.0.0.0/8', 'uniquelocal, 2a00:1450::/32'])(
    'lets the service start with %j',
    (text) => {
      expect(load(text).trustedProxies).toBe(text || 'loopback');
    },
  );

  it.each(['all', '10.0.0.0/33', 'proxy.internal', 'constructor'])(
    'stops the start with %j, naming the setting',
    (text) => {
      expect(() => load(text)).toThrow(`TRUSTED_PROXIES: expected addresses, CIDR ranges`);
      expect(() => load(text)).toThrow(`found ${JSON.stringify(text)}`);
    },
  );

  it('is reported together with the other faults', () => {
    expect(() => load('all', { PORT: 'many' })).toThrow(/2 settings are wrong[^]*PORT[^]*TRUSTED_PROXIES/);
  });
});
