import { Agent, type Dispatcher, request } from 'undici';
import { type GeoIpAnswer, GeoIpClient } from './geo-ip-client.js';
import { readPlace } from './read-place.js';

const LARGEST_ANSWER_BYTES = 64 * 1024;
const LONGEST_PAUSE_MS = 3_600_000;

export interface HttpGeoIpClientOptions {
  /** Address template with `{ip}`. */
  readonly urlTemplate: string;
  /** Bound for a whole lookup, from connecting to the last byte. */
  readonly timeoutMs: number;
  /** Connections at most. */
  readonly concurrency: number;
}

/** The Geolocation API over HTTP, on kept-alive connections. Redirects are not followed and large answers not read. */
export class HttpGeoIpClient extends GeoIpClient {
  private readonly agent: Agent;

  constructor(private readonly options: HttpGeoIpClientOptions) {
    super();
    this.agent = new Agent({
      connections: options.concurrency,
      pipelining: 1,
      connect: { timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      maxResponseSize: LARGEST_ANSWER_BYTES,
    });
  }

  override async lookup(address: string, signal: AbortSignal): Promise<GeoIpAnswer> {
    const url = this.options.urlTemplate.replaceAll('{ip}', encodeURIComponent(address));
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const response = await request(url, {
        dispatcher: this.agent,
        signal: AbortSignal.any([signal, timeout]),
        headers: { accept: 'application/json' },
      });
      // Only a 200 has to say more than its status; what else comes is not read, however much it is.
      const text = response.statusCode === 200 ? await response.body.text() : await discard(response.body);
      return answerFrom(response.statusCode, response.headers['retry-after'], text);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'transient', code: timeout.aborted ? 'timeout' : failureCode(error) };
    }
  }

  override async close(): Promise<void> {
    await this.agent.close();
  }
}

async function discard(body: Dispatcher.ResponseData['body']): Promise<''> {
  await body.dump();
  return '';
}

function answerFrom(status: number, retryAfter: string | string[] | undefined, text: string): GeoIpAnswer {
  if (status === 429) return { kind: 'throttled', retryAfterMs: readRetryAfterMs(retryAfter) };
  if (status === 404) return { kind: 'not_found' };
  if (status >= 500) return { kind: 'transient', code: 'unavailable' };
  if (status >= 400) return { kind: 'rejected' };
  const place = status === 200 ? readPlace(parseJson(text)) : 'bad';
  if (place === 'bad') return { kind: 'transient', code: 'bad_answer' };
  return place === null ? { kind: 'not_found' } : { kind: 'place', place };
}

/** RFC 9110 §10.2.3: seconds, or an HTTP date. An absurdly long pause counts as an hour. */
function readRetryAfterMs(header: string | string[] | undefined): number | null {
  const text = [header].flat()[0];
  if (text === undefined) return null;
  const isDate = /^[A-Z][a-z]+,? /.test(text) && !Number.isNaN(Date.parse(text));
  if (!isDate && !/^\d+$/.test(text)) return null;
  const pauseMs = isDate ? Date.parse(text) - Date.now() : Number(text) * 1000;
  return Math.min(Math.max(0, pauseMs), LONGEST_PAUSE_MS);
}

function failureCode(error: unknown): 'timeout' | 'unavailable' | 'bad_answer' {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && code.endsWith('_TIMEOUT')) return 'timeout';
  return code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'bad_answer' : 'unavailable';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
