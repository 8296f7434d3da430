import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainError } from '../errors/domain-error.js';
import { limitBodiesInFlight } from './limit-bodies-in-flight.js';

const LIMIT_BYTES = 1_000;
const BODY_LIMIT_BYTES = 600;

describe('limitBodiesInFlight', () => {
  let service: FastifyInstance;
  let clients: Socket[];

  beforeEach(async () => {
    clients = [];
    service = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
    service.removeAllContentTypeParsers();
    service.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    service.setErrorHandler((error: DomainError & { statusCode?: number }, _request, reply) =>
      reply.status(error.statusCode ?? 503).send(error.code),
    );
    limitBodiesInFlight(service, LIMIT_BYTES);
    service.post('/', (request) => String((request.body as Buffer).length));
    service.get('/', () => 'read');
    await service.listen({ port: 0, host: '127.0.0.1' });
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await service.close();
  });

  /** Sends the head of a request, and as much of its body as is given. */
  function send(length: string, body = ''): Socket {
    const client = connect((service.server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client);
    client.write(`POST / HTTP/1.1\r\nHost: whence\r\nContent-Type: text/plain\r\n${length}\r\n\r\n${body}`);
    return client;
  }

  const declaring = (bytes: number, body?: string) => send(`Content-Length: ${bytes}`, body);

  async function answerTo(client: Socket): Promise<string> {
    const [answer] = (await once(client, 'data')) as [Buffer];
    return /^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1] ?? '';
  }

  const whole = (bytes: number) => answerTo(declaring(bytes, 'x'.repeat(bytes)));

  /** Until bodies of so many bytes are under way, a body that fits with them exactly is refused, and no smaller one. */
  async function untilInFlight(bytes: number): Promise<void> {
    while ((await whole(LIMIT_BYTES - bytes + 1)) !== '503' || (await whole(LIMIT_BYTES - bytes)) !== '200');
  }

  it('refuses a body beyond the limit before it is read, and reads requests without one', async () => {
    declaring(500);
    await untilInFlight(500);
    expect(await answerTo(declaring(501))).toBe('503');
    expect(await whole(500)).toBe('200');
    expect((await service.inject('/')).body).toBe('read');
  });

  it('counts a body that comes in chunks as the most that its call reads', async () => {
    send('Transfer-Encoding: chunked', '1\r\nx\r\n');
    await untilInFlight(BODY_LIMIT_BYTES);
    expect(await answerTo(send('Transfer-Encoding: chunked'))).toBe('503');
  });

  it('counts nothing any more when the answer is given, or the client went away', async () => {
    for (let i = 0; i < 5; i++) expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
    const leaving = declaring(500);
    await untilInFlight(500);
    leaving.destroy();
    while ((await whole(BODY_LIMIT_BYTES)) !== '200');
  });

  it('leaves a body that is too large for its call to the call', async () => {
    expect(await answerTo(declaring(BODY_LIMIT_BYTES + 1))).toBe('413');
    expect(await answerTo(declaring(1_000_000))).toBe('413');
    expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
  });
});
