import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { assertDocumented } from './http-openapi.js';

/** How long an answer may take before the test fails: far above every promise, and below the tests' own limit. */
const PATIENCE_MS = 15_000;

/** One request as it goes over the wire: nothing is encoded, completed or left out. */
export interface HttpRequest {
  readonly method: string;
  /** With the query, as written into the request line. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** Sends the body in chunks, without a Content-Length. */
  readonly chunked?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** An event as clients see it. */
export interface EventView {
  readonly task_id: string;
  readonly name: string | null;
  readonly status_code: number | null;
  readonly attributes: Record<string, unknown>;
  readonly occurred_at: string | null;
  readonly received_at: string;
  readonly source_ip: string | null;
  readonly location_status: string;
  readonly location: { readonly city: string | null; readonly country_code: string | null } | null;
  readonly location_error: { readonly code: string; readonly attempts: number } | null;
}

/** A page of the listing, with the target of its `Link: <…>; rel="next"`. */
export interface PageView {
  readonly events: readonly EventView[];
  readonly next_cursor: string | null;
  readonly next_path: string | null;
}

/** Talks to the service, and holds each answer against the OpenAPI document. */
export class HttpClient {
  constructor(private readonly url: string) {}

  /** Each request has a connection of its own, so that none is affected by what another did to it. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await exchange(this.url, request);
    assertDocumented(request, answer);
    return answer;
  }

  /** Submits an event through a trusted proxy that saw the address. @returns its task id */
  async submit(event: object, forwardedFor?: string): Promise<string> {
    const headers = jsonHeaders(forwardedFor);
    const body = JSON.stringify(event);
    const answer = await this.send({ method: 'POST', path: '/event/submit/', headers, body });
    return expectStatus<{ task_id: string }>(answer, 202).task_id;
  }

  /** Submits events as one batch. @returns their task ids, in their order */
  async submitBatch(events: readonly object[], forwardedFor?: string): Promise<string[]> {
    const headers = jsonHeaders(forwardedFor);
    const body = JSON.stringify({ events });
    const answer = await this.send({ method: 'POST', path: '/event/submit/batch/', headers, body });
    return expectStatus<{ task_ids: string[] }>(answer, 202).task_ids;
  }

  async event(taskId: string): Promise<EventView> {
    return expectStatus(await this.send({ method: 'GET', path: `/event/${taskId}/` }), 200);
  }

  /** Lists by a path such as "/event/?limit=2". */
  async page(path: string): Promise<PageView> {
    const answer = await this.send({ method: 'GET', path });
    const nextPath = /^<(.+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1] ?? null;
    return { ...expectStatus<Omit<PageView, 'next_path'>>(answer, 200), next_path: nextPath };
  }
}

function expectStatus<Data>(answer: HttpAnswer, status: number): Data {
  if (answer.status !== status) throw new Error(`expected ${status}, found ${answer.status}: ${answer.text}`);
  return (JSON.parse(answer.text) as { data: Data }).data;
}

function exchange(url: string, { method, path, headers, body, chunked }: HttpRequest): Promise<HttpAnswer> {
  const { hostname, port } = new URL(url);
  const length = body === undefined || chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path, headers: { ...length, ...headers }, agent: false };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.setTimeout(PATIENCE_MS, () =>
      request.destroy(new Error(`no answer to ${method} ${path} in ${PATIENCE_MS} ms`)),
    );
    request.end(body);
  });
}

function jsonHeaders(forwardedFor: string | undefined): Record<string, string> {
  const headers = { 'content-type': 'application/json' };
  return forwardedFor === undefined ? headers : { ...headers, 'x-forwarded-for': forwardedFor };
}
