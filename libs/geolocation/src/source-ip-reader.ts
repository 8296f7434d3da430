import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { PlatformError, Settings } from '#libs/platform';
import type { IpAddress } from './domain/ip-address.js';
import { forwardedSourceOf } from './domain/source-ip.js';
import { parseTrustedProxies, type TrustsHop } from './domain/trusted-proxies.js';

/** The latest sources are remembered by what they were read from, unless that is unusually long. */
const REMEMBERED_SOURCES = 10_000;
const LONGEST_REMEMBERED = 100;

/** The part of a request that says where it comes from. */
export interface ArrivedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Tells where a request comes from, behind the proxies that the settings trust. */
@Injectable()
export class SourceIpReader {
  private readonly trusts: TrustsHop;
  private readonly latest = new LRUCache<string, IpAddress>({ max: REMEMBERED_SOURCES });
  private readonly inVain = new WeakSet<IpAddress>();

  constructor(settings: Settings) {
    const trusts = parseTrustedProxies(settings.trustedProxies);
    if (trusts === null) throw new Error('TRUSTED_PROXIES was not checked at start');
    this.trusts = trusts;
  }

  /**
   * The address; while it is among the latest ones, the same object each time.
   * @throws PlatformError `malformed_request` where the connection has gone
   */
  of(request: ArrivedRequest): IpAddress {
    const peer = request.socket.remoteAddress ?? '';
    const header = request.headers['x-forwarded-for'];
    const forwardedFor = Array.isArray(header) ? header.join(',') : (header ?? '');
    const readFrom = `${peer} ${forwardedFor}`;
    const source = this.latest.get(readFrom) ?? this.read(peer, forwardedFor);
    if (readFrom.length <= LONGEST_REMEMBERED) this.latest.set(readFrom, source);
    return source;
  }

  /** Whether X-Forwarded-For has something to the left of an address that `of` answered, which was not believed. */
  isForwardedInVain(address: IpAddress): boolean {
    return this.inVain.has(address);
  }

  private read(peer: string, forwardedFor: string): IpAddress {
    const source = forwardedSourceOf(peer, forwardedFor, this.trusts);
    if (source?.isForwardedInVain === true) this.inVain.add(source.address);
    if (source !== null) return source.address;
    throw new PlatformError('malformed_request', 'The connection was closed before its address could be read.');
  }
}
