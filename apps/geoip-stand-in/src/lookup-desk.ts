import { isIP } from 'node:net';
import type { Answer } from './answer.js';
import { atOnce } from './answer.js';
import type { Hiccups } from './hiccups.js';
import type { Place } from './places.js';
import type { SlidingWindowLimit } from './sliding-window-limit.js';
import type { Fault } from './stand-in-behaviour.js';

export interface LookupDeskParts {
  places: { find(address: string): Place | null };
  limit: SlidingWindowLimit;
  hiccups: Hiccups;
  fault: Fault;
}

/**
 * Decides the answer to each lookup the moment it arrives: the fault first, then the limit, then the address. Whatever
 * asks within the limit is admitted and counts towards it, also what is no IP address. A fault stands before the
 * limit, so lookups that meet it are neither admitted nor refused.
 */
export class LookupDesk {
  #admitted = 0;
  #refused = 0;

  constructor(private readonly parts: LookupDeskParts) {}

  get admitted(): number {
    return this.#admitted;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Null when no answer shall ever be sent. */
  answer(address: string): Answer | null {
    if (this.parts.fault === 'hang') return null;
    if (this.parts.fault === 'unavailable') return atOnce(503, { error: 'service unavailable' });
    const admission = this.parts.limit.tryAdmit();
    if (!admission.admitted) return this.#refuse(admission.retryAfterMs);
    this.#admitted += 1;
    return isAddress(address) ? this.#locate(address) : atOnce(400, { error: `not an IP address: ${address}` });
  }

  #refuse(retryAfterMs: number): Answer {
    this.#refused += 1;
    return atOnce(429, { error: 'too many requests' }, { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) });
  }

  #locate(address: string): Answer {
    const delayMs = this.parts.hiccups.nextDelayMs();
    const place = this.parts.places.find(address);
    if (place === null) return { status: 404, body: { error: `no known place for ${address}` }, delayMs };
    return { status: 200, body: place, delayMs };
  }
}

/** A zone (`fe80::1%eth0`) names an interface of the asker's machine, which means nothing here. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}
