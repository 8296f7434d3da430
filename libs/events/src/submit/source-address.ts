import { Injectable } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type IpAddress, parseTrustedProxies, sourceIpOf, type TrustsHop } from '#libs/geolocation';
import { PlatformError, Settings } from '#libs/platform';

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

  constructor(settings: Settings) {
    const trusts = parseTrustedProxies(settings.trustedProxies);
    if (trusts === null) throw new Error('TRUSTED_PROXIES was not checked at start');
    this.trusts = trusts;
  }

  of(request: FastifyRequest): IpAddress {
    const forwardedFor = request.headers['x-forwarded-for'];
    const source = sourceIpOf(request.socket.remoteAddress ?? '', [forwardedFor].flat().join(','), this.trusts);
    if (source !== null) return source;
    throw new PlatformError('malformed_request', 'The connection was closed before its address could be read.');
  }
}
