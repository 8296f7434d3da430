import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { atTestEnd } from './at-test-end.js';
import type { SeenEvent } from './whence-client.js';

/** A message of a stream of server-sent events. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string;
  readonly data: SeenEvent & Record<string, unknown>;
}

/** A client of server-sent events, as browsers have one: it remembers the last id, also of messages without data. */
export class EventStreamClient {
  readonly messages: StreamMessage[] = [];
  /** What was sent so far, comments included. */
  text = '';
  lastEventId = '';
  isClosed = false;
  private unread = '';

  private constructor(
    private readonly request: ClientRequest,
    private readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.read(text));
    for (const end of ['end', 'close', 'error']) response.on(end, () => (this.isClosed = true));
  }

  /** Resolves when the answer has begun, whatever its status; closed when the test ends. */
  static open(url: string, query = '', lastEventId?: string): Promise<EventStreamClient> {
    const headers = { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) };
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${url}/event/stream/${query}`, { headers, agent: false }, (response) =>
        resolve(new EventStreamClient(request, response)),
      );
      request.on('error', reject);
      request.end();
      atTestEnd(async () => request.destroy());
    });
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** Takes nothing more from the connection, without closing it. */
  stall(): void {
    this.response.pause();
  }

  goOn(): void {
    this.response.resume();
  }

  close(): void {
    this.request.destroy();
  }

  /** The task ids that came with one name. */
  idsOf(event: string): string[] {
    return this.messages.filter((message) => message.event === event).map(({ data }) => data.task_id);
  }

  private read(text: string): void {
    this.text += text;
    const blocks = (this.unread + text).split('\n\n');
    this.unread = blocks.pop() ?? '';
    for (const block of blocks) this.take(block);
  }

  private take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const [event, data] = [fields.get('event'), fields.get('data')];
    if (event === undefined || data === undefined) return;
    this.messages.push({ event, id: this.lastEventId, data: JSON.parse(data) as StreamMessage['data'] });
  }
}
