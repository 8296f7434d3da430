import { keyTextFault } from '../key/api-key-text.js';
import { ApiError, refusalOf, unreachable } from './api-error.js';

export type Query = Readonly<Record<string, string>>;

/** Longer than the API takes for anything but a stream. */
const TIMEOUT_MS = 25_000;
/** What a header can have; fetch throws at anything else. */
const SENDABLE = /^[ -~]*$/;

export interface Submission {
  readonly name?: string;
  readonly status_code?: number | string;
}

/** Calls the API of the service that serves the page. Rejects with an ApiError. */
export class ApiClient {
  constructor(private readonly key: () => string | null) {}

  /** The data of a successful GET. */
  async get<Data>(path: string, query: Query = {}): Promise<Data> {
    const answer = await this.send(urlOf(path, query), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return dataOf<Data>(answer);
  }

  /** @param sourceIp what a trusted proxy would say; believed only where the service trusts this machine */
  async submit(submission: Submission, sourceIp: string | null): Promise<{ task_id: string }> {
    if (sourceIp !== null && !SENDABLE.test(sourceIp)) throw unsendableAddress();
    const answer = await this.send(urlOf('event/submit/'), {
      method: 'POST',
      body: JSON.stringify(submission),
      headers: { 'content-type': 'application/json', ...(sourceIp === null ? {} : { 'x-forwarded-for': sourceIp }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return dataOf(answer);
  }

  /** The answer of the stream, whose body goes on until the signal ends it. */
  async stream(query: Query, lastEventId: string, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (lastEventId !== '') headers['last-event-id'] = lastEventId;
    return this.send(urlOf('event/stream/', query), { headers, signal, cache: 'no-store' });
  }

  private async send(url: string, request: RequestInit): Promise<Response> {
    const key = this.key();
    const fault = key === null ? null : keyTextFault(key);
    if (fault !== null) throw new ApiError(0, 'key_not_sendable', fault);
    const headers = new Headers({ accept: 'application/json', ...(request.headers as Record<string, string>) });
    // Not Authorization: a browser that was asked for a password elsewhere may have its own idea of that.
    if (key !== null) headers.set('x-api-key', key);
    const answer = await fetch(url, { ...request, headers, credentials: 'same-origin' }).catch(() => {
      throw unreachable();
    });
    if (!answer.ok) throw await refusalOf(answer);
    return answer;
  }
}

/** Relative to the page, wherever that is. */
export function urlOf(path: string, query: Query = {}): string {
  const url = new URL(path, new URL('.', location.href));
  url.search = new URLSearchParams(query).toString();
  return url.href;
}

function unsendableAddress(): ApiError {
  const message = 'expected an IPv4 or IPv6 address';
  return new ApiError(0, 'validation_failed', 'The event is not valid.', [{ field: 'source_ip', message }]);
}

async function dataOf<Data>(answer: Response): Promise<Data> {
  try {
    return ((await answer.json()) as { data: Data }).data;
  } catch {
    throw unreachable();
  }
}
