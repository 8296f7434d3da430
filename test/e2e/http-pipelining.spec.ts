import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { EventStreams, STREAM_LIMITS } from '#libs/events';
import { EventExports } from '../../libs/events/src/export/event-exports.js';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { DATABASE_KINDS, freshDatabaseUrl } from '../support/fresh-database.js';
import type { WhenceApp } from '../support/whence-app.js';
import { largeEvents, settledEvents, startService } from './exporting.js';

/** A connection on which requests are sent without waiting for answers. */
class Pipeline {
  text = '';
  isEnded = false;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (this.text += text));
    socket.on('error', () => {});
    socket.on('close', () => (this.isEnded = true));
    atTestEnd(async () => this.leave());
  }

  /** Sends them all in one write. */
  static send(whence: WhenceApp, ...requests: string[]): Pipeline {
    const { hostname, port } = new URL(whence.url);
    const pipeline = new Pipeline(connect(Number(port), hostname));
    pipeline.socket.write(requests.join(''));
    return pipeline;
  }

  /** Status and media type of each answer so far, in their order. */
  get answers(): string[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) .*\r\n(?:.+\r\n)*?content-type: ([^;\r]+)/gim)].map(
      ([, status, type]) => `${status} ${type}`,
    );
  }

  /** Takes nothing of the answers. */
  stall(): this {
    this.socket.pause();
    return this;
  }

  goOn(): void {
    this.socket.resume();
  }

  /** Takes the answers, but no more at a time than so often. */
  takeSlowly(everyMs: number): this {
    const timer = setInterval(() => this.goOn(), everyMs);
    this.socket.on('data', () => this.socket.pause());
    this.socket.once('close', () => clearInterval(timer));
    return this;
  }

  leave(): void {
    this.socket.destroy();
  }
}

const get = (path: string, header = 'X: y') => `GET ${path} HTTP/1.1\r\nHost: whence\r\n${header}\r\n\r\n`;
const EXPORT = get('/event/export/');
const STREAM = get('/event/stream/');
const LAST_LISTING = get('/event/?limit=1', 'Connection: close');

function submit(name: string): string {
  const body = JSON.stringify({ name });
  const head = `POST /event/submit/ HTTP/1.1\r\nHost: whence\r\nContent-Type: application/json`;
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Exports and streams that have a place. That of an export shows nowhere, unless all are taken. */
function places(whence: WhenceApp): number[] {
  const exports = whence.get(EventExports) as unknown as { readonly places: { readonly taken: number } };
  return [exports.places.taken, whence.get(EventStreams).size];
}

describe.each(DATABASE_KINDS)('requests on one connection, sent without waiting, %s', (kind) => {
  it('are answered in their order, exports among them', async () => {
    const { whence } = await startService(await freshDatabaseUrl(kind), settledEvents(300));
    const pipeline = Pipeline.send(whence, EXPORT, submit('x'), EXPORT, get('/event/stats/?by=name'), LAST_LISTING);
    await eventually(() => expect(pipeline.isEnded).toBe(true));
    const [ndjson, json] = ['application/x-ndjson', 'application/json'];
    expect(pipeline.answers).toEqual([`200 ${ndjson}`, `202 ${json}`, `200 ${ndjson}`, `200 ${json}`, `200 ${json}`]);
    expect(places(whence)).toEqual([0, 0]);
  });

  it('have a stream as their last, which goes on after an export', async () => {
    const { whence, client } = await startService(await freshDatabaseUrl(kind), settledEvents(300));
    const pipeline = Pipeline.send(whence, EXPORT, STREAM);
    await eventually(() => expect(pipeline.answers).toEqual(['200 application/x-ndjson', '200 text/event-stream']));
    const taskId = await client.submit({ name: 'streamed' });
    await eventually(() => expect(pipeline.text).toMatch(new RegExp(`event: accepted[^]*${taskId}`)));
    pipeline.leave();
    await eventually(() => expect(places(whence)).toEqual([0, 0]));
  });

  it('give back their places when the client leaves: a stream behind an export that it does not take', async () => {
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents());
    const pipeline = Pipeline.send(whence, EXPORT, STREAM, EXPORT).stall();
    await eventually(() => expect(places(whence)).toEqual([2, 1]));
    pipeline.leave();
    await eventually(() => expect(places(whence)).toEqual([0, 0]));
  });

  it('are taken behind a stream, but not answered, and give back their places when the client leaves', async () => {
    // Node reads no further while so much waits to be sent, and so notices at the next thing it sends that nobody is there.
    const streamLimits = { ...STREAM_LIMITS, heartbeatMs: 50 };
    const { whence, client } = await startService(await freshDatabaseUrl(kind), largeEvents(), {}, streamLimits);
    const pipeline = Pipeline.send(whence, STREAM, EXPORT, submit('behind'), LAST_LISTING);
    await eventually(async () => expect((await client.page('/event/?name=behind')).events).toHaveLength(1));
    await eventually(() => expect(pipeline.answers).toEqual(['200 text/event-stream']));
    expect(places(whence)).toEqual([1, 1]);
    pipeline.leave();
    await eventually(() => expect(places(whence)).toEqual([0, 0]));
  });

  it('give back their places when an export behind a stream is not taken in time', async () => {
    const leastTaken = { bytes: 1, withinMs: 300 };
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents(), { leastTaken });
    const pipeline = Pipeline.send(whence, STREAM, EXPORT);
    // Only the export ends the connection, which it does sooner or later than the stream begins.
    await eventually(() => expect(pipeline.isEnded).toBe(true));
    await eventually(() => expect(places(whence)).toEqual([0, 0]));
  });

  it('are answered behind an export that takes longer than the time in which something must be taken', async () => {
    const leastTaken = { bytes: 1, withinMs: 1_000 };
    const { whence } = await startService(await freshDatabaseUrl(kind), largeEvents(), { leastTaken });
    const sentAtMs = performance.now();
    const pipeline = Pipeline.send(whence, EXPORT, EXPORT, LAST_LISTING).takeSlowly(10);
    await eventually(() => expect(pipeline.isEnded).toBe(true), { timeoutMs: 60_000 });
    const tookMs = performance.now() - sentAtMs;
    const [ndjson, json] = ['application/x-ndjson', 'application/json'];
    expect(pipeline.answers).toEqual([`200 ${ndjson}`, `200 ${ndjson}`, `200 ${json}`]);
    // Two of the same size, so each took more than the time.
    expect(tookMs).toBeGreaterThan(3 * leastTaken.withinMs);
  }, 90_000);
});
