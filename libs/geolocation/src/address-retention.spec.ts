import { describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/platform';
import { AddressRetention, HASHED_KEY_PREFIX } from './address-retention.js';

const SECRET = 'a secret of at least 32 characters';
const retentionOf = (policy: string, secret = SECRET) =>
  new AddressRetention(loadSettings({ IP_RETENTION: policy, IP_HASH_SECRET: secret }));

const IPV6_KEY = '2a00:1450:4009:80b::/64';

describe('AddressRetention', () => {
  it.each([
    ['full', '81.2.69.142', '2a00:1450:4009:80b::200e', '2a00:1450:4009:80b::'],
    ['truncate', '81.2.69.0', '2a00:1450:4009::', '2a00:1450:4009::'],
    ['drop', null, null, null],
  ])('with %s keeps %s and %s', (policy, ipv4, ipv6, ofKey) => {
    const retention = retentionOf(policy);
    expect(retention.keepsAll).toBe(policy === 'full');
    expect([retention.kept('81.2.69.142'), retention.kept('2a00:1450:4009:80b::200e')]).toEqual([ipv4, ipv6]);
    expect([retention.keptOf('81.2.69.142'), retention.keptOf(IPV6_KEY)]).toEqual([ipv4, ofKey]);
  });

  it('forgets addresses by the deadline, unless they are kept', () => {
    const retention = new AddressRetention(
      loadSettings({ IP_RETENTION: 'drop', IP_HASH_SECRET: SECRET, IP_RETENTION_DEADLINE_HOURS: '2' }),
    );
    expect([retention.forgottenAtMs(7), retention.forgottenIfReceivedByMs(7_200_007)]).toEqual([7_200_007, 7]);
    const full = retentionOf('full');
    expect([full.forgottenAtMs(7), full.forgottenIfReceivedByMs(7)]).toEqual([Infinity, -Infinity]);
  });

  it('remembers keys as they are where addresses are kept', () => {
    expect(retentionOf('full').rememberedAs(IPV6_KEY)).toBe(IPV6_KEY);
  });

  it.each(['truncate', 'drop'])('with %s remembers keys by their HMAC-SHA-256 under the secret', (policy) => {
    const retention = retentionOf(policy);
    // printf %s 81.2.69.142 | openssl dgst -sha256 -hmac 'a secret of at least 32 characters' -binary | base64
    expect(retention.rememberedAs('81.2.69.142')).toBe(
      `${HASHED_KEY_PREFIX}bZw_O9gnOTz2AC6aIAt5-PSSwyRF4uV5ViJWuIF6N7E`,
    );
    expect(retention.rememberedAs('81.2.69.143')).not.toBe(retention.rememberedAs('81.2.69.142'));
    expect(retentionOf(policy, `${SECRET}!`).rememberedAs('81.2.69.142')).not.toBe(
      retention.rememberedAs('81.2.69.142'),
    );
    expect(retention.rememberedAs(IPV6_KEY)).toMatch(/^hmac:[\w-]{43}$/);
  });

  it('takes no other text for an address', () => {
    expect(() => retentionOf('truncate').kept('81.2.69')).toThrow('expected an IP address');
  });
});
