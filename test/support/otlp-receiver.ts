import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { atTestEnd } from './at-test-end.js';
import { WireMessage } from './protobuf-reader.js';

/** A span as it was exported. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where it begins its trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The spans of other traces that it is linked to, by their ids. */
  readonly links: readonly string[];
  readonly isFailed: boolean;
}

/** By their numbers in opentelemetry/proto/trace/v1/trace.proto. */
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_ERROR = 2n;

/** An OpenTelemetry collector that only takes traces in (OTLP over HTTP, as Protocol Buffers), and keeps them. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** What came in each request, with its headers. */
  readonly requests: { readonly headers: IncomingMessage['headers']; readonly body: Buffer }[] = [];
  private readonly server: Server;
  private status: number | null = 200;

  private constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Listens on a free loopback port until the test (or file) ends. */
  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    atTestEnd(() => receiver.stop());
    return receiver;
  }

  /** What to set OTEL_EXPORTER_OTLP_ENDPOINT to. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All that came, as text: what the spans say stands in it as it is. */
  get text(): string {
    return this.requests.map(({ body }) => body.toString('latin1')).join('\n');
  }

  /** Spans are answered so from now on, and kept only with 200; null: never answered. */
  answerWith(status: number | null): void {
    this.status = status;
  }

  /** The spans of a trace by their start, those of all processes together. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId).sort((one, other) => one.startMs - other.startMs);
  }

  private async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    this.requests.push({ headers: request.headers, body });
    if (this.status === null) return;
    const isTraces = request.method === 'POST' && request.url === '/v1/traces';
    if (isTraces && this.status === 200) this.spans.push(...spansIn(body));
    response.writeHead(isTraces ? this.status : 404, { 'content-type': 'application/x-protobuf' }).end();
  }
}

/** The numbers are those of ExportTraceServiceRequest and what it is made of. */
function spansIn(body: Buffer): ReceivedSpan[] {
  return new WireMessage(body).messages(1).flatMap((ofResource) => {
    const [resource] = ofResource.messages(1);
    const service = String(attributesOf(resource, 1)['service.name']);
    return ofResource.messages(2).flatMap((ofScope) => ofScope.messages(2).map((span) => readSpan(span, service)));
  });
}

function readSpan(span: WireMessage, service: string): ReceivedSpan {
  const [startNs, endNs] = [span.number(7), span.number(8)];
  return {
    service,
    traceId: span.bytes(1).toString('hex'),
    spanId: span.bytes(2).toString('hex'),
    parentSpanId: span.bytes(4).toString('hex'),
    name: span.text(5),
    kind: KINDS[Number(span.number(6))] ?? 'unknown',
    startMs: Number(startNs / 1_000n) / 1_000,
    durationMs: Number(endNs - startNs) / 1e6,
    attributes: attributesOf(span, 9),
    links: span.messages(13).map((link) => link.bytes(2).toString('hex')),
    isFailed: span.messages(15).some((status) => status.number(3) === STATUS_ERROR),
  };
}

function attributesOf(message: WireMessage | undefined, field: number): Record<string, unknown> {
  const pairs = message?.messages(field) ?? [];
  return Object.fromEntries(pairs.map((pair) => [pair.text(1), valueOf(pair.messages(2)[0])]));
}

function valueOf(value: WireMessage | undefined): unknown {
  if (value?.has(1) === true) return value.text(1);
  if (value?.has(2) === true) return value.number(2) === 1n;
  if (value?.has(3) === true) return Number(value.number(3));
  return value?.has(4) === true ? 'a fraction' : undefined;
}
