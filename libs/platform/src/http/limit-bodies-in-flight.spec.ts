import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainError } from '../errors/domain-error.js';
import { closeQueuedAnswers } from './close-queued-answers.js';
import { limitBodiesInFlight } from './limit-bodies-in-flight.js';

const LIMIT_BYTES = 1_000;
const BODY_LIMIT_BYTES = 600;
const LARGE_BYTES = 40_000;

describe('limitBodiesInFlight', () => {
  let service: FastifyInstance;
  let clients: Socket[];
  let requests: number;

  beforeEach(async () => {
    clients = [];
    requests = 0;
    service = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
    service.removeAllContentTypeParsers();
    service.addContentTypeParser('text/plain', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    service.setErrorHandler((error: DomainError & { statusCode?: number }, _request, reply) =>
      reply.status(error.statusCode ?? 503).send(error.code),
    );
    closeQueuedAnswers(service);
    limitBodiesInFlight(service, { smallBytes: LIMIT_BYTES, largeBytes: 2 * LARGE_BYTES });
    service.addHook('onRequest', (_request, _reply, done) => {
      requests++;
      done();
    });
    service.post('/', (request) => String((request.body as Buffer).length));
    service.post('/large', { bodyLimit: LARGE_BYTES }, (request) => String((request.body as Buffer).length));
    service.get('/', () => 'read');
    service.get('/never', () => new Promise(() => {}));
    await service.listen({ port: 0, host: '127.0.0.1' });
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await service.close();
  });

  /** Sends the head of a request, and as much of its body as is given. */
  function send(length: string, body = '', call = 'POST /'): Socket {
    const client = connect((service.server.address() as AddressInfo).port, '127.0.0.1');
    clients.push(client);
    client.write(requestOf(length, body, call));
    return client;
  }

  const requestOf = (length: string, body: string, call: string) =>
    `${call} HTTP/1.1\r\nHost: whence\r\nContent-Type: text/plain\r\n${length}\r\n\r\n${body}`;

  const declaring = (bytes: number, body?: string) => send(`Content-Length: ${bytes}`, body);

  async function answerTo(client: Socket): Promise<string> {
    const [answer] = (await once(client, 'data')) as [Buffer];
    return /^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1] ?? '';
  }

  const whole = (bytes: number) => answerTo(declaring(bytes, 'x'.repeat(bytes)));

  /** Sends what is answered late or never, and waits until the service has seen so many requests of it. */
  async function stall(length: string, body = '', call = 'POST /', count = 1): Promise<Socket> {
    const before = requests;
    const client = send(length, body, call);
    while (requests < before + count) await new Promise((resolve) => setImmediate(resolve));
    return client;
  }

  it('refuses a body beyond the limit before it is read, and reads requests without one', async () => {
    await stall('Content-Length: 500');
    expect(await answerTo(declaring(501))).toBe('503');
    expect(await whole(500)).toBe('200');
    expect((await service.inject('/')).body).toBe('read');
  });

  it('counts a body that comes in chunks as the most that its call reads', async () => {
    await stall('Transfer-Encoding: chunked', '1\r\nx\r\n');
    expect(await whole(LIMIT_BYTES - BODY_LIMIT_BYTES)).toBe('200');
    expect(await answerTo(send('Transfer-Encoding: chunked'))).toBe('503');
  });

  it('counts nothing any more when the answer is given, or the client went away', async () => {
    for (let i = 0; i < 5; i++) expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
    const leaving = await stall('Content-Length: 500');
    expect(await whole(BODY_LIMIT_BYTES)).toBe('503');
    leaving.destroy();
    while ((await whole(BODY_LIMIT_BYTES)) !== '200');
  });

  it('counts nothing any more where a client went away whose request waited behind another', async () => {
    const leaving = await stall('X: y', requestOf('Content-Length: 500', '', 'POST /'), 'GET /never', 2);
    expect(await whole(BODY_LIMIT_BYTES)).toBe('503');
    leaving.destroy();
    while ((await whole(BODY_LIMIT_BYTES)) !== '200');
  });

  it('lets large bodies keep out no small ones', async () => {
    for (let large = 0; large < 2; large++) await stall(`Content-Length: ${LARGE_BYTES}`, '', 'POST /large');
    expect(await answerTo(send('Transfer-Encoding: chunked', '', 'POST /large'))).toBe('503');
    expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
  });

  it('counts nothing for calls that read none', async () => {
    for (let call = 0; call < 4; call++) await stall(`Content-Length: ${BODY_LIMIT_BYTES}`, '', 'GET /never');
    expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
  });

  it('leaves a body that is too large for its call to the call', async () => {
    expect(await answerTo(declaring(BODY_LIMIT_BYTES + 1))).toBe('413');
    expect(await answerTo(declaring(1_000_000))).toBe('413');
    expect(await whole(BODY_LIMIT_BYTES)).toBe('200');
  });
});
