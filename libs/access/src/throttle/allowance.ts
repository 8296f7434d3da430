import type { FastifyReply } from 'fastify';
import { MINUTE_MS, type Taken } from './bucket.js';

const SECOND_MS = 1_000;

/** What a request that is throttled takes from. */
export interface Allowance {
  readonly client: string;
  readonly perMinute: number;
  /** Whether the request has cost what it should, or is refused without a look at its body and costs nothing. */
  isSettled: boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nothing is throttled, or the caller is not known (yet). */
    allowance: Allowance | null;
  }
}

/** Tells in headers what is left, as draft-ietf-httpapi-ratelimit-headers-10 says. */
export function tellWhatIsLeft(reply: FastifyReply, perMinute: number, { left, fullInMs }: Taken): void {
  void reply.header('ratelimit-policy', `"default";q=${perMinute};w=${MINUTE_MS / SECOND_MS}`);
  void reply.header('ratelimit', `"default";r=${left};t=${Math.ceil(fullInMs / SECOND_MS)}`);
}
