/** One message of a stream of server-sent events. Its data is JSON, which is read only where it is needed. */
export interface StreamMessage {
  readonly name: string;
  readonly data: string;
}

/** Reads a stream of server-sent events, in whatever pieces it comes: https://html.spec.whatwg.org/#parsing-an-event-stream */
export class EventStreamParser {
  /** What to send as Last-Event-ID to go on from here. */
  lastEventId = '';
  /** How soon the server wants its client back, where it has said so. */
  retryMs: number | null = null;
  private rest = '';
  private name = '';
  private data: string[] = [];

  /** The messages that this piece completes. */
  push(piece: string): StreamMessage[] {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.take(line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  private take(line: string): StreamMessage[] {
    if (line === '') return this.complete();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.name = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.lastEventId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return [];
  }

  private complete(): StreamMessage[] {
    const message = { name: this.name, data: this.data.join('\n') };
    const hasData = this.data.length > 0;
    this.name = '';
    this.data = [];
    return hasData ? [message] : [];
  }
}
