import { Injectable } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type IpAddress, SourceIpReader } from '#libs/geolocation';
import { callerOf } from '#libs/platform';
import { type EventSource, eventSourceOf } from '../domain/event-source.js';
import { SourceWatch } from './source-watch.js';

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

/** Tells where a request's events come from, and what that says of them. */
@Injectable()
export class SourceAddress {
  private readonly sources = new WeakMap<IpAddress, EventSource>();

  constructor(
    private readonly reader: SourceIpReader,
    private readonly watch: SourceWatch,
  ) {}

  of(request: FastifyRequest): EventSource {
    const address = this.reader.of(request);
    let source = this.sources.get(address);
    if (source === undefined) this.sources.set(address, (source = eventSourceOf(address)));
    this.watch.note({
      address: source.sourceIp,
      isPrivate: source.lookupKey === null,
      isForwardedInVain: this.reader.isForwardedInVain(address),
    });
    const { keyId } = callerOf(request);
    return keyId === null ? source : { ...source, caller: keyId };
  }
}
