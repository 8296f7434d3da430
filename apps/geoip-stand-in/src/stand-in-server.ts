import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Answer } from './answer.js';
import { atOnce, sendAnswer } from './answer.js';
import { Arrivals } from './arrivals.js';
import { Hiccups } from './hiccups.js';
import { HttpListener, type Listening } from './http-listener.js';
import { writeJsonLine } from './json-line.js';
import { LookupDesk } from './lookup-desk.js';
import { lookupLogFields } from './lookup-log.js';
import { monotonicNowMs } from './monotonic-clock.js';
import type { Places } from './places.js';
import { routeOf } from './route.js';
import { anySeed } from './seeded-random.js';
import { SlidingWindowLimit } from './sliding-window-limit.js';
import { REAL_BEHAVIOUR, type StandInBehaviour } from './stand-in-behaviour.js';

/** What of the behaviour is not given is as the real API's; `nowMs` and `writeLine` are for tests. */
export interface StandInOptions extends Partial<StandInBehaviour> {
  places: Pick<Places, 'find'>;
  nowMs?: () => number;
  writeLine?: (fields: object) => void;
}

/**
 * `requests` are all lookups that arrived; `worst_sliding_second` is the most of them, admitted or not, that arrived in
 * any sliding window of 1000 ms: what a client's own limiter is judged by.
 */
export interface StandInStats {
  requests: number;
  admitted: number;
  refused: number;
  worst_sliding_second: number;
}

/** The stand-in as its owner sees it. */
export interface StandIn {
  /** Port 0 takes a free one. Rejects when the port cannot be had. */
  listen(port: number, host: string): Promise<Listening>;
  /** Cuts every connection, answered or not, and ends their timers. */
  close(): Promise<void>;
  stats(): StandInStats;
}

/** Makes a Geolocation API with the limits of the real one. Throws a RangeError for a behaviour that makes no sense. */
export function createStandIn(options: StandInOptions): StandIn {
  return new StandInServer(options);
}

class StandInServer implements StandIn {
  readonly #nowMs: () => number;
  readonly #logLookup: (fields: object) => void;
  readonly #arrivals: Arrivals;
  readonly #desk: LookupDesk;
  readonly #listener = new HttpListener(createServer((request, response) => this.#handle(request, response)));

  constructor(options: StandInOptions) {
    const { places, nowMs = monotonicNowMs, writeLine = writeJsonLine } = options;
    const { requestsPerSecond, hiccupShare, hiccupMaxMs, seed, logRequests, fault } = withDefaults(options);
    this.#nowMs = nowMs;
    this.#logLookup = logRequests ? writeLine : () => undefined;
    this.#arrivals = new Arrivals(nowMs);
    const hiccups = new Hiccups({ share: hiccupShare, maxMs: hiccupMaxMs, seed });
    this.#desk = new LookupDesk({ places, hiccups, fault, limit: new SlidingWindowLimit(requestsPerSecond, nowMs) });
  }

  listen(port: number, host: string): Promise<Listening> {
    return this.#listener.listen(port, host);
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  stats(): StandInStats {
    return {
      requests: this.#arrivals.total,
      admitted: this.#desk.admitted,
      refused: this.#desk.refused,
      worst_sliding_second: this.#arrivals.worstSlidingSecond,
    };
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const answer = this.#answer(request);
    if (answer !== null) sendAnswer(response, answer);
  }

  #answer(request: IncomingMessage): Answer | null {
    const route = routeOf(request);
    if (route.kind === 'lookup') return this.#lookUp(route.address);
    if (route.kind === 'stats') return atOnce(200, this.stats());
    if (route.kind === 'unknown-method') return atOnce(405, { error: 'only GET is allowed' }, { allow: 'GET' });
    return atOnce(404, { error: 'no such path; ask for /{ip}' });
  }

  #lookUp(address: string): Answer | null {
    const inLastSecond = this.#arrivals.note();
    const answer = this.#desk.answer(address);
    this.#logLookup(lookupLogFields(address, answer, inLastSecond, this.#nowMs()));
    return answer;
  }
}

function withDefaults(options: StandInOptions): StandInBehaviour {
  return { ...REAL_BEHAVIOUR, ...options, seed: options.seed ?? anySeed() };
}
