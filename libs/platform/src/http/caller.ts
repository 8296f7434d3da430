import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Who makes a request, as far as the service has to know. */
export interface Caller {
  /** Of the API key; null where none is required. */
  readonly keyId: string | null;
  /** How many requests a minute the key may make, where it has a limit of its own. */
  readonly throttlePerMinute: number | null;
}

/** Whoever calls a service that requires no keys. */
export const ANONYMOUS: Caller = { keyId: null, throttlePerMinute: null };

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until it is known. */
    caller: Caller | null;
  }
}

/** Makes room for the caller in every request. */
export function knowCallers(fastify: FastifyInstance): void {
  fastify.decorateRequest('caller', null);
}

/** Who makes the request. */
export function callerOf({ caller }: FastifyRequest): Caller {
  return caller ?? ANONYMOUS;
}
