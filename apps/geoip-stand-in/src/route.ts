import type { IncomingMessage } from 'node:http';

/** What a request asks for. */
export type Route =
  { kind: 'lookup'; address: string } | { kind: 'stats' } | { kind: 'unknown-path' } | { kind: 'unknown-method' };

/** Reads a request line. Never throws: an escape that cannot be decoded stays as it is, and is then no IP address. */
export function routeOf({ method, url = '/' }: Pick<IncomingMessage, 'method' | 'url'>): Route {
  const segment = /^\/([^/?]+)(?:\?.*)?$/.exec(url)?.[1];
  if (segment === undefined) return { kind: 'unknown-path' };
  if (method !== 'GET') return { kind: 'unknown-method' };
  return segment === 'stats' ? { kind: 'stats' } : { kind: 'lookup', address: decoded(segment) };
}

/** Clients may escape the colons of IPv6. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
