import type { FastifyRequest } from 'fastify';
import { describe, expect, it, vi } from 'vitest';
import { AddressRetention, SourceIpReader } from '#libs/geolocation';
import { loadSettings } from '#libs/platform';
import { SourceAddress } from './source-address.js';
import { SourceWatch } from './source-watch.js';

const sourceOf = (remoteAddress: string | undefined, forwardedFor?: string | string[], trustedProxies = '') => {
  const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } };
  const settings = loadSettings({ TRUSTED_PROXIES: trustedProxies });
  const watch = new SourceWatch(new AddressRetention(settings));
  return new SourceAddress(new SourceIpReader(settings), watch).of(request as unknown as FastifyRequest).sourceIp;
};

describe('SourceAddress', () => {
  it('believes a proxy on this machine when nothing is set', () => {
    expect(sourceOf('127.0.0.1', '8.8.8.8, 81.2.69.142')).toBe('81.2.69.142');
    expect(sourceOf('10.0.0.1', '81.2.69.142')).toBe('10.0.0.1');
  });

  it('believes the proxies that are set', () => {
    expect(sourceOf('10.0.0.1', '81.2.69.142', '10.0.0.0/8')).toBe('81.2.69.142');
    expect(sourceOf('127.0.0.1', '81.2.69.142', 'none')).toBe('127.0.0.1');
  });

  it('tells which API key the request came with, also where another came from the same address before', () => {
    const socket = { remoteAddress: '81.2.69.142' };
    const source = new SourceAddress(
      new SourceIpReader(loadSettings({})),
      new SourceWatch(new AddressRetention(loadSettings({}))),
    );
    const callerOf = (keyId: string | null) => {
      const caller = { keyId, throttlePerMinute: null };
      return source.of({ socket, headers: {}, caller } as unknown as FastifyRequest).caller;
    };
    expect(['a', 'b', null].map(callerOf)).toEqual(['a', 'b', undefined]);
  });

  it.each([
    ['a proxy that is not trusted', '10.0.0.1', '81.2.69.142', 'none', true],
    ['one that is not, behind one that is', '10.0.0.1', '81.2.69.142, 10.9.9.9', '10.0.0.0/24', true],
    ['a public one that is not, behind one that is', '10.0.0.1', '81.2.69.142, 198.51.100.7', '10.0.0.0/8', true],
    ['a hop too few', '10.0.0.1', '81.2.69.142, 10.9.9.9', '1', true],
    ['what is no address', '10.0.0.1', 'unknown', '10.0.0.0/8', true],
    ['nothing but what is believed', '10.0.0.1', '81.2.69.142, 10.9.9.9', '10.0.0.0/8', false],
    ['no header', '10.0.0.1', undefined, 'none', false],
  ])('notices %s', (_what, remoteAddress, forwardedFor, trustedProxies, isForwardedInVain) => {
    const settings = loadSettings({ TRUSTED_PROXIES: trustedProxies });
    const watch = new SourceWatch(new AddressRetention(settings));
    const note = vi.spyOn(watch, 'note');
    const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } };
    new SourceAddress(new SourceIpReader(settings), watch).of(request as unknown as FastifyRequest);
    expect(note).toHaveBeenCalledWith(expect.objectContaining({ isForwardedInVain }));
  });

  it('reads a header that was sent several times as one', () => {
    expect(sourceOf('127.0.0.1', ['8.8.8.8', '81.2.69.142'])).toBe('81.2.69.142');
  });

  it('refuses a request whose peer is gone already, for want of its address', () => {
    expect(() => sourceOf(undefined, '81.2.69.142')).toThrow('The connection was closed');
  });

  it('does not start with proxies that were not checked', () => {
    expect(() => sourceOf('127.0.0.1', undefined, 'nobody')).toThrow('TRUSTED_PROXIES');
  });
});
