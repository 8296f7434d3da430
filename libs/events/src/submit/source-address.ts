import { Injectable } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { parseTrustedProxies, sourceIpOf, type TrustsHop } from '#libs/geolocation';
import { PlatformError, Settings } from '#libs/platform';
import { type EventSource, eventSourceOf } from '../domain/event-source.js';

/** The latest sources are remembered by what they were read from, unless that is unusually long. */
const REMEMBERED_SOURCES = 10_000;
const LONGEST_REMEMBERED = 100;

/** Documents that a call takes the source address of its events from `X-Forwarded-For`. */
export function ApiSourceAddress(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'X-Forwarded-For',
    required: false,
    description: 'Believed from trusted proxies only; from this machine it says where the event comes from.',
    schema: { type: 'string' },
    example: '81.2.69.142',
  });
}

/** Tells where a request comes from, behind the proxies that the settings trust. */
@Injectable()
export class SourceAddress {
  private readonly trusts: TrustsHop;
  private readonly latest = new LRUCache<string, EventSource>({ max: REMEMBERED_SOURCES });

  constructor(settings: Settings) {
    const trusts = parseTrustedProxies(settings.trustedProxies);
    if (trusts === null) throw new Error('TRUSTED_PROXIES was not checked at start');
    this.trusts = trusts;
  }

  of(request: FastifyRequest): EventSource {
    const peer = request.socket.remoteAddress ?? '';
    const header = request.headers['x-forwarded-for'];
    const forwardedFor = Array.isArray(header) ? header.join(',') : (header ?? '');
    const readFrom = `${peer} ${forwardedFor}`;
    const source = this.latest.get(readFrom) ?? this.read(peer, forwardedFor);
    if (readFrom.length <= LONGEST_REMEMBERED) this.latest.set(readFrom, source);
    return source;
  }

  private read(peer: string, forwardedFor: string): EventSource {
    const address = sourceIpOf(peer, forwardedFor, this.trusts);
    if (address !== null) return eventSourceOf(address);
    throw new PlatformError('malformed_request', 'The connection was closed before its address could be read.');
  }
}
