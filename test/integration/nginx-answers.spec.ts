import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { onFreePort } from '../support/free-port.js';
import { NginxServer } from '../support/nginx-server.js';

const OF_WHENCE = JSON.stringify({ status: 'fail', data: { code: 'of_whence' } });

const HEADERS = { 'content-type': 'application/json', 'content-length': OF_WHENCE.length };

/** nginx in front of a process that answers every path that is a status with that status. */
async function nginxBefore(): Promise<NginxServer> {
  const api = createServer((request, response) => {
    request.resume();
    if (request.url === '/cut') return void response.destroy();
    response.writeHead(Number(request.url?.slice(1)) || 404, HEADERS).end(OF_WHENCE);
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  atTestEnd(async () => void api.close());
  return started([`http://127.0.0.1:${(api.address() as AddressInfo).port}`]);
}

async function started(urls: string[]): Promise<NginxServer> {
  const nginx = await NginxServer.start(urls);
  atTestEnd(() => nginx.stop());
  return nginx;
}

/** Sends the bytes and returns the status and the body of the answer. */
async function exchange(url: string, bytes: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head, body: JSON.parse(body) as unknown };
}

const request = (head: string, body = '') => `${head}\r\nHost: a\r\nConnection: close\r\n\r\n${body}`;

describe('what nginx answers by itself', () => {
  let nginx: NginxServer;
  beforeAll(async () => void (nginx = await nginxBefore()));

  it.each([
    ['a body without limits', 'POST /200 HTTP/1.1\r\nContent-Length: 9000000', 413, 'payload_too_large'],
    ['a long target', `GET /${'x'.repeat(100_000)} HTTP/1.1`, 431, 'headers_too_large'],
    ['large headers', `GET /200 HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 431, 'headers_too_large'],
    ['a length that is no number', 'POST /200 HTTP/1.1\r\nContent-Length: x', 400, 'malformed_request'],
    ['a coding that it does not know', 'POST /200 HTTP/1.1\r\nTransfer-Encoding: x', 400, 'malformed_request'],
    ['a version that it does not know', 'GET /200 HTTP/3.0', 400, 'malformed_request'],
    ['a method that it refuses', 'TRACE /200 HTTP/1.1', 405, 'method_not_allowed'],
  ])('to %s is told as Whence tells it', async (_what, head, status, code) => {
    const answer = await exchange(nginx.url, request(head));
    expect(answer.status).toBe(status);
    expect(answer.head).toMatch(/content-type: application\/json/i);
    const requestId = /x-request-id: (\S+)/i.exec(answer.head)?.[1];
    expect(answer.body).toEqual({
      status: 'fail',
      data: { code, message: expect.stringMatching(/\S/), errors: [], request_id: requestId },
    });
  });

  it.each([
    ['no process is there', async () => onFreePort(async (port) => started([`http://127.0.0.1:${port}`])), '/'],
    ['a process ends before it has answered', async () => nginx, '/cut'],
  ])('where %s is 503, to be tried again', async (_what, before, path) => {
    const { url } = await before();
    const answer = await exchange(url, request(`POST ${path} HTTP/1.1\r\nContent-Length: 2`, '{}'));
    expect(answer).toMatchObject({ status: 503, body: { status: 'error', code: 'service_unavailable' } });
    expect(answer.head).toMatch(/retry-after: 1\r?$/im);
  });

  it.each([400, 404, 405, 413, 414, 431, 500, 502, 503, 504])('is not what Whence answers with %i', async (status) => {
    const answer = await exchange(nginx.url, request(`GET /${status} HTTP/1.1`));
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, OF_WHENCE]);
  });
});
