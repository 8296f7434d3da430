import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRetention } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { SourceWatch } from './source-watch.js';

const PROXY = { address: '10.0.0.7', isPrivate: true, isForwardedInVain: false };
const UNTRUSTED = { address: '198.51.100.7', isPrivate: false, isForwardedInVain: true };
const client = (index: number) => ({ address: `81.2.0.${index % 250}`, isPrivate: false, isForwardedInVain: false });

describe('SourceWatch', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn');
  const log = vi.spyOn(Logger.prototype, 'log');
  let watch: SourceWatch;

  beforeEach(() => {
    for (const spy of [warn, log]) spy.mockReset().mockReturnValue();
    watch = new SourceWatch(new AddressRetention(loadSettings({})));
  });
  afterEach(() => vi.clearAllMocks());

  /** Submissions of which `share` percent come from the proxy, spread evenly. */
  const submit = (count: number, proxy: Parameters<SourceWatch['note']>[0], share: number) => {
    for (let index = 0; index < count; index++) watch.note((index * share) % 100 < share ? proxy : client(index));
  };

  it('suspects a private address that most submissions have', () => {
    submit(400, PROXY, 60);
    expect(watch.suspected).toMatchObject({ address: '10.0.0.7', because: 'says nothing of its clients' });
    expect(watch.suspected?.advice).toContain('TRUSTED_PROXIES');
  });

  it('suspects any address that forwards in vain', () => {
    submit(400, UNTRUSTED, 100);
    expect(watch.suspected).toMatchObject({ address: '198.51.100.7', because: 'is not trusted' });
  });

  it.each([
    ['less than half of them have it', PROXY, 40],
    ['one public client sends most', { ...UNTRUSTED, isForwardedInVain: false }, 100],
  ])('suspects nobody where %s', (_what, proxy, share) => {
    submit(2_000, proxy, share);
    expect(watch.suspected).toBeNull();
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    ['two private nodes of a balancer', [PROXY, { ...PROXY, address: '10.0.0.8' }], 'says nothing of its clients'],
    ['three', ['1', '2', '3'].map((node) => ({ ...PROXY, address: `10.0.0.${node}` })), 'says nothing of its clients'],
    [
      'many nodes that forward in vain',
      Array.from({ length: 50 }, (_, node) => ({ ...UNTRUSTED, address: `198.51.100.${node}` })),
      'is not trusted',
    ],
    ['a private proxy behind which another address stands', [{ ...PROXY, isForwardedInVain: true }], 'is not trusted'],
  ])('suspects %s', (_what, nodes, because) => {
    for (let index = 0; index < 400; index++) {
      const node = nodes[index % nodes.length];
      if (node !== undefined) watch.note(node);
    }
    expect(watch.suspected).toMatchObject({ because });
    expect(warn).toHaveBeenCalledTimes(1);
    expect(watch.suspected?.advice.includes('Let the proxy send')).toBe(because !== 'is not trusted');
  });

  it('suspects nobody where many clients are in one network', () => {
    for (let index = 0; index < 2_000; index++) watch.note({ ...PROXY, address: `10.0.0.${index % 4}` });
    expect(watch.suspected).toBeNull();
  });

  it('says so once, without the address, and once that it is over', () => {
    submit(2_000, PROXY, 100);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('10.0.0.7');
    submit(400, PROXY, 0);
    expect(watch.suspected).toBeNull();
    expect(log.mock.calls).toEqual([['submissions come from many addresses again']]);
  });

  it.each([
    ['truncate', '10.0.0.0'],
    ['drop', null],
  ])('with IP_RETENTION=%s tells of the address %s', (policy, address) => {
    const settings = loadSettings({ IP_RETENTION: policy, IP_HASH_SECRET: 's'.repeat(32) });
    watch = new SourceWatch(new AddressRetention(settings));
    submit(800, PROXY, 100);
    expect(watch.suspected).toMatchObject({ address, because: 'says nothing of its clients' });
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('says nothing of the first few', () => {
    submit(199, PROXY, 100);
    expect(watch.suspected).toBeNull();
  });
});
