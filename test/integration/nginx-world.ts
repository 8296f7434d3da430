import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { atTestEnd } from '../support/at-test-end.js';
import { NginxServer, type NginxOptions } from '../support/nginx-server.js';

/** What a process behind nginx answers in these tests, whatever the status. */
export const OF_WHENCE = JSON.stringify({ status: 'fail', data: { code: 'of_whence' } });

const HEADERS = { 'content-type': 'application/json', 'content-length': OF_WHENCE.length };

/**
 * nginx in front of a process that answers every path that is a status with that status, and every other with 404; but it cuts
 * `/cut` off, never answers `/never`, and tells of `/forwarded`, `/traceparent` and `/request-id` what it was told in
 * X-Forwarded-For, traceparent and X-Request-Id.
 */
export async function nginxBeforeStub(options?: NginxOptions): Promise<NginxServer> {
  const api = createServer((request, response) => {
    request.resume();
    if (request.url === '/never') return;
    if (request.url === '/cut') return void response.destroy();
    if (request.url === '/forwarded') return void response.end(JSON.stringify(request.headers['x-forwarded-for']));
    if (request.url === '/traceparent') return void response.end(JSON.stringify(request.headers.traceparent ?? null));
    if (request.url === '/request-id') return void response.end(JSON.stringify(request.headers['x-request-id']));
    response.writeHead(Number(request.url?.slice(1)) || 404, HEADERS).end(OF_WHENCE);
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  atTestEnd(async () => void api.close());
  return nginxBefore([`http://127.0.0.1:${(api.address() as AddressInfo).port}`], options);
}

export async function nginxBefore(urls: readonly string[], options?: NginxOptions): Promise<NginxServer> {
  const nginx = await NginxServer.start(urls, options);
  atTestEnd(() => nginx.stop());
  return nginx;
}

/** A request as it goes over the wire, whose answer ends its connection. */
export function requestOf(head: string, body = ''): string {
  return `${head}\r\nHost: a\r\nConnection: close\r\n\r\n${body}`;
}

/** Sends the bytes, from another address of this machine if told, and returns the status and the body of the answer. */
export async function exchange(url: string, bytes: string, localAddress = '127.0.0.1') {
  const socket = connect({ port: Number(new URL(url).port), host: new URL(url).hostname, localAddress });
  socket.on('error', () => {});
  socket.write(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head, body: JSON.parse(body) as unknown };
}
