import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { interpolated } from '../deploy/compose.js';
import { yamlOf } from '../deploy/files.js';
import { atTestEnd } from '../support/at-test-end.js';
import { requiredProgram } from '../support/required-programs.js';
import { exchange, nginxBeforeStub, OF_WHENCE, requestOf } from './nginx-world.js';

/** A certificate for SECURE, by itself, and its key, under the names that docker/tls.yml expects. */
function certificateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'whence-tls-'));
  atTestEnd(async () => rmSync(folder, { recursive: true }));
  const files = ['-keyout', join(folder, 'privkey.pem'), '-out', join(folder, 'fullchain.pem')];
  const subject = ['-subj', '/CN=whence.test', '-addext', 'subjectAltName=IP:127.0.0.2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync(requiredProgram('openssl'), ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  return folder;
}

/** Each of the ports that docker/tls.yml has is an address here. */
const [PROBE, SECURE, PLAIN] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

/** What docker/tls.yml gives to nginx, but for its ports and its folder. */
function tlsAdditions(folder: string, port: number): string {
  const [file] = yamlOf<{ services: { nginx: { environment: Record<string, string> } } }>('docker/tls.yml');
  return interpolated(file.services.nginx.environment.WHENCE_SERVER_ADDITIONS ?? '', {})
    .replaceAll('/etc/nginx/tls', folder)
    .replace('listen 8080;', `listen ${PLAIN}:${port};`)
    .replace('listen 127.0.0.1:8081;', `listen ${PROBE}:${port};`)
    .replace('$server_port = 8080', `$server_addr = ${PLAIN}`);
}

async function getWithTls(port: number, path: string, ca: Buffer) {
  const { statusCode, headers, body } = await new Promise<IncomingMessage & { body: string }>((resolve, reject) => {
    request({ port, host: SECURE, path, ca, agent: false }, (response) => {
      void text(response).then((body) => resolve(Object.assign(response, { body })), reject);
    })
      .on('error', reject)
      .end();
  });
  return { status: statusCode, promise: headers['strict-transport-security'], body };
}

describe('nginx with docker/tls.yml', () => {
  it('serves with TLS, sends there what comes without, and answers its own health check', async () => {
    const folder = certificateFolder();
    const { url } = await nginxBeforeStub({
      variables: (port) => ({
        WHENCE_LISTEN: `${SECURE}:${port} ssl`,
        WHENCE_SERVER_ADDITIONS: tlsAdditions(folder, port),
      }),
    });
    const port = Number(new URL(url).port);
    const ca = readFileSync(join(folder, 'fullchain.pem'));
    expect(await getWithTls(port, '/200', ca)).toEqual({ status: 200, promise: 'max-age=31536000', body: OF_WHENCE });
    const own = await getWithTls(port, '/metrics', ca);
    expect([own.status, own.promise, own.body]).toEqual([
      404,
      'max-age=31536000',
      expect.stringContaining('not_found'),
    ]);
    const plain = await exchange(`http://${SECURE}:${port}`, requestOf('GET /200 HTTP/1.1'));
    expect(plain).toMatchObject({ status: 400, body: { status: 'fail', data: { code: 'malformed_request' } } });
    const redirected = await fetch(`http://${PLAIN}:${port}/event/?limit=2`, { redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([308, `https://${PLAIN}/event/?limit=2`]);
    expect(redirected.headers.has('strict-transport-security')).toBe(false);
    const answer = await exchange(url, requestOf('GET /health/live HTTP/1.1'));
    expect(JSON.stringify(answer.body)).toBe(OF_WHENCE);
  });
});
