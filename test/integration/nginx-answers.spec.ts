import { beforeAll, describe, expect, it } from 'vitest';
import { SECURITY_HEADERS } from '../../libs/platform/src/http/security-headers.js';
import { onFreePort } from '../support/free-port.js';
import type { NginxServer } from '../support/nginx-server.js';
import { exchange, nginxBefore, nginxBeforeStub, OF_WHENCE, requestOf } from './nginx-world.js';

/** Those that nginx has as well; the others are for browsers of the past. */
const PROTECTING = [
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'x-content-type-options',
  'x-frame-options',
];

function headersIn(head: string): Record<string, string> {
  const lines = head.split('\r\n').slice(1);
  return Object.fromEntries(lines.map((line) => [line.split(': ', 1)[0]?.toLowerCase(), line.replace(/^[^:]*: /, '')]));
}

describe('what nginx answers by itself', () => {
  let nginx: NginxServer;
  beforeAll(async () => void (nginx = await nginxBeforeStub()));

  it.each([
    ['a body without limits', 'POST /200 HTTP/1.1\r\nContent-Length: 9000000', 413, 'payload_too_large'],
    ['a long target', `GET /${'x'.repeat(100_000)} HTTP/1.1`, 431, 'headers_too_large'],
    ['large headers', `GET /200 HTTP/1.1\r\nX: ${'x'.repeat(100_000)}`, 431, 'headers_too_large'],
    ['a length that is no number', 'POST /200 HTTP/1.1\r\nContent-Length: x', 400, 'malformed_request'],
    ['a coding that it does not know', 'POST /200 HTTP/1.1\r\nTransfer-Encoding: x', 400, 'malformed_request'],
    ['a version that it does not know', 'GET /200 HTTP/3.0', 400, 'malformed_request'],
    ['a method that it refuses', 'TRACE /200 HTTP/1.1', 405, 'method_not_allowed'],
    ['a page of its own', 'GET /nginx/malformed HTTP/1.1', 404, 'not_found'],
  ])('to %s is told as Whence tells it', async (_what, head, status, code) => {
    const answer = await exchange(nginx.url, requestOf(head));
    expect(answer.status).toBe(status);
    const headers = headersIn(answer.head);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      ...Object.fromEntries(PROTECTING.map((name) => [name, SECURITY_HEADERS[name]])),
    });
    expect(headers['retry-after']).toBeUndefined();
    expect(answer.body).toEqual({
      status: 'fail',
      data: { code, message: expect.stringMatching(/\S/), errors: [], request_id: headers['x-request-id'] },
    });
  });

  it.each([
    ['no process is there', async () => onFreePort(async (port) => nginxBefore([`http://127.0.0.1:${port}`])), '/'],
    ['a process ends before it has answered', async () => nginx, '/cut'],
  ])('where %s is 503, to be tried again', async (_what, before, path) => {
    const { url } = await before();
    const answer = await exchange(url, requestOf(`POST ${path} HTTP/1.1\r\nContent-Length: 2`, '{}'));
    expect(answer).toMatchObject({ status: 503, body: { status: 'error', code: 'service_unavailable' } });
    expect(answer.head).toMatch(/retry-after: 1\r?$/im);
  });

  it.each([400, 404, 405, 413, 414, 429, 431, 500, 502, 503, 504])(
    'is not what Whence answers with %i',
    async (status) => {
      const answer = await exchange(nginx.url, requestOf(`GET /${status} HTTP/1.1`));
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([status, OF_WHENCE]);
    },
  );

  it.each([
    ['its own', 'GET /metrics HTTP/1.1'],
    ['of Whence', 'GET /404 HTTP/1.1'],
  ])('and what it passes on tell no version: %s', async (_whose, head) => {
    const answer = await exchange(nginx.url, requestOf(head));
    expect(answer.status).toBe(404);
    expect(headersIn(answer.head)['server']).toBe('nginx');
  });
});
