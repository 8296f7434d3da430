import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type AskForRight, type GeoIpAnswer, GeoIpClient, type RequestRight } from './geo-ip-client.js';
import { type HttpAnswer, HttpExchange, HttpTimeoutError } from './http-exchange.js';
import { readPlace } from './read-place.js';

const LARGEST_ANSWER_BYTES = 64 * 1024;
const LONGEST_PAUSE_MS = 3_600_000;
const UNAVAILABLE: GeoIpAnswer = { kind: 'transient', code: 'unavailable' };
/** The server may close a connection while the right to write on it is on its way. */
const MOST_CONNECTIONS_LOST = 2;

export interface HttpGeoIpClientOptions {
  /** Address template with `{ip}`. */
  readonly urlTemplate: string;
  /** Bound for connecting, and another for the answer, from writing the request to the last byte. */
  readonly timeoutMs: number;
  /** Connections at most. */
  readonly concurrency: number;
}

/** The Geolocation API over HTTP, on kept-alive connections. Redirects are not followed and large answers not read. */
export class HttpGeoIpClient extends GeoIpClient {
  private readonly agent: HttpAgent | HttpsAgent;

  constructor(private readonly options: HttpGeoIpClientOptions) {
    super();
    const Agent = options.urlTemplate.startsWith('https:') ? HttpsAgent : HttpAgent;
    this.agent = new Agent({ keepAlive: true, maxSockets: options.concurrency, maxFreeSockets: options.concurrency });
  }

  override async lookup(address: string, signal: AbortSignal, askForRight: AskForRight): Promise<GeoIpAnswer> {
    signal.throwIfAborted();
    const url = new URL(this.options.urlTemplate.replaceAll('{ip}', encodeURIComponent(address)));
    let exchange: HttpExchange | undefined;
    let failure = UNAVAILABLE;
    const connect = async (): Promise<boolean> => {
      if (exchange?.stands === true) return true;
      exchange?.close();
      exchange = new HttpExchange(url, this.agent, this.options.timeoutMs, signal);
      try {
        await exchange.connect();
        return true;
      } catch (error) {
        failure = failureOf(error, signal);
        return false;
      }
    };
    try {
      for (let lost = 0; lost < MOST_CONNECTIONS_LOST;) {
        const right = await askForRight(connect);
        if (right === null) return failure;
        if (exchange?.stands !== true) lost++;
        else if (!right.hasLapsed()) return await this.send(exchange, signal, right);
      }
      return UNAVAILABLE;
    } finally {
      exchange?.close();
    }
  }

  override async close(): Promise<void> {
    this.agent.destroy();
  }

  private async send(exchange: HttpExchange, signal: AbortSignal, right: RequestRight): Promise<GeoIpAnswer> {
    try {
      return answerFrom(await exchange.send(LARGEST_ANSWER_BYTES, () => right.departed()));
    } catch (error) {
      return failureOf(error, signal);
    }
  }
}

/** @throws the signal's reason where it is aborted */
function failureOf(error: unknown, signal: AbortSignal): GeoIpAnswer {
  signal.throwIfAborted();
  return error instanceof HttpTimeoutError ? { kind: 'transient', code: 'timeout' } : UNAVAILABLE;
}

function answerFrom({ status, retryAfter, text }: HttpAnswer): GeoIpAnswer {
  if (status === 429) return { kind: 'throttled', retryAfterMs: readRetryAfterMs(retryAfter) };
  if (status === 404) return { kind: 'not_found' };
  if (status >= 500) return { kind: 'transient', code: 'unavailable' };
  if (status >= 400) return { kind: 'rejected' };
  const place = status === 200 && text !== null ? readPlace(parseJson(text)) : 'bad';
  if (place === 'bad') return { kind: 'transient', code: 'bad_answer' };
  return place === null ? { kind: 'not_found' } : { kind: 'place', place };
}

/** RFC 9110 §10.2.3: seconds, or an HTTP date. An absurdly long pause counts as an hour. */
function readRetryAfterMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const isDate = /^[A-Z][a-z]+,? /.test(text) && !Number.isNaN(Date.parse(text));
  if (!isDate && !/^\d+$/.test(text)) return null;
  const pauseMs = isDate ? Date.parse(text) - Date.now() : Number(text) * 1000;
  return Math.min(Math.max(0, pauseMs), LONGEST_PAUSE_MS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
