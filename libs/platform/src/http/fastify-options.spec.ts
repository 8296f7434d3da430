import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fastifyOptions } from './fastify-options.js';
import { SECURITY_HEADERS } from './security-headers.js';

const DRIP_EVERY_MS = 20;
const TIMES = { headersMs: 200, requestMs: 400, lookEveryMs: 50, silenceMs: 300 };

describe('fastifyOptions', () => {
  it('gives headers less time than the request, or Node would take each for the other', async () => {
    const { server, close } = fastify(fastifyOptions());
    await close();
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, timeout: 120_000 });
  });

  describe('with a client that does not get on', () => {
    let service: FastifyInstance;
    let clients: Socket[];

    beforeEach(async () => {
      clients = [];
      service = fastify(fastifyOptions(TIMES));
      service.post('/', () => 'read');
      service.get('/large', () => 'x'.repeat(50_000_000));
      await service.listen({ port: 0, host: '127.0.0.1' });
    });

    afterEach(async () => {
      for (const client of clients) client.destroy();
      await service.close();
    });

    function open(begin: string): Socket {
      const client = connect((service.server.address() as AddressInfo).port, '127.0.0.1');
      clients.push(client);
      client.on('error', () => {});
      client.write(begin);
      return client;
    }

    /** Sends a byte every so often, for as long as it is listened to. @returns what was answered */
    async function drip(begin: string): Promise<string> {
      const client = open(begin);
      const dripping = setInterval(() => client.writable && client.write('x'), DRIP_EVERY_MS);
      const chunks: Buffer[] = [];
      client.on('data', (chunk) => chunks.push(chunk));
      await new Promise((resolve) => client.once('close', resolve));
      clearInterval(dripping);
      return Buffer.concat(chunks).toString();
    }

    it.each([
      ['headers come', 'POST / HTTP/1.1\r\nHost: a\r\nX-Slow: '],
      ['body comes', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 10000\r\n\r\n'],
      ['second request comes', 'GET /nothing HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nX-Slow: '],
    ])('ends the connection whose %s byte by byte, with 408', async (_what, begin) => {
      const answer = await drip(begin);
      const [head = '', body = ''] = answer.slice(answer.lastIndexOf('HTTP/1.1')).split('\r\n\r\n');
      expect(head).toContain('HTTP/1.1 408 ');
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(head).toContain(`\r\n${name}: ${value}`);
      expect(JSON.parse(body)).toMatchObject({ status: 'fail', data: { code: 'malformed_request' } });
    });

    it('ends the connection of one that sends nothing', async () => {
      await new Promise((resolve) => open('').once('close', resolve).resume());
    });

    it('ends the connection of one that takes no answer', async () => {
      const closed = new Promise((resolve) =>
        service.server.once('connection', (socket: Socket) => socket.once('close', resolve)),
      );
      open('GET /large HTTP/1.1\r\nHost: a\r\n\r\n').pause();
      await closed;
    });
  });
});
