import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { atTestEnd } from '../support/at-test-end.js';
import { eventually } from '../support/eventually.js';
import { CLIENT_PATH, type NginxServer } from '../support/nginx-server.js';
import { exchange, nginxBefore, nginxBeforeStub, OF_WHENCE, requestOf } from './nginx-world.js';

const MOST = 2;
const [ONE, ANOTHER] = ['127.0.0.2', '127.0.0.3'];

async function get(url: string, path: string, headers = '', from = ONE) {
  const answer = await exchange(url, requestOf(`GET ${path} HTTP/1.1${headers}`), from);
  return { ...answer, isOfWhence: JSON.stringify(answer.body) === OF_WHENCE };
}

/** Sends a request that is never answered, and ends with the test. */
function stall(url: string, headers = '', from = ONE): void {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: from });
  socket.on('error', () => {});
  socket.write(requestOf(`GET /never HTTP/1.1${headers}`));
  atTestEnd(async () => void socket.destroy());
}

/** Sends the beginning of a batch, and ends with the test. */
function unfinishedBatch(url: string): void {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: ONE });
  socket.on('error', () => {});
  socket.write('POST /event/submit/batch/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n[');
  atTestEnd(async () => void socket.destroy());
}

describe('nginx in front of Whence', () => {
  let nginx: NginxServer;
  beforeAll(async () => void (nginx = await nginxBeforeStub()));

  it.each([
    '/metrics',
    '/metrics/',
    '/metrics?x=1',
    '/metrics/x',
    '/queues',
    '/queues/',
    '/queues/static/favicon.ico',
    '/queues/api/queues?x=1',
    '/health',
    '/health/',
    '/health?x=1',
    '/health/details',
    '/health/live/x',
    '/%68ealth',
    '/health%2F',
    '//health',
    '/./health',
    '/event/../health',
    '/health/live/..',
    'http://a/health',
  ])('keeps %s to those who run it', async (path) => {
    expect(await get(nginx.url, path)).toMatchObject({ status: 404, body: { data: { code: 'not_found' } } });
  });

  it.each(['/health/live', '/health/live/', '/health/ready', '/health/ready?x=1', '/', '/healthy', '/event/', '/docs'])(
    'passes %s on',
    async (path) => {
      expect((await get(nginx.url, path)).isOfWhence).toBe(true);
    },
  );

  it.each([
    ['headers', '/200', `\r\nX: ${'x'.repeat(15_000)}`],
    ['a target', `/${'x'.repeat(15_000)}`, ''],
  ])('leaves it to Whence to refuse %s that it may still take', async (_what, path, headers) => {
    expect((await get(nginx.url, path, headers)).isOfWhence).toBe(true);
  });

  it('tells who connected to it after what it was told, also behind a balancer that it believes', async () => {
    const { url } = await nginxBeforeStub({ realIpFrom: '127.0.0.0/8' });
    expect((await get(url, '/forwarded')).body).toBe(ONE);
    const told = await get(url, '/forwarded', '\r\nX-Forwarded-For: 8.8.8.8, 127.0.0.9');
    expect(told.body).toBe(`8.8.8.8, 127.0.0.9, ${ONE}`);
  });

  it('tells of no trace that a client has begun, unless it is to', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const sent = `\r\ntraceparent: ${traceparent}`;
    expect((await get(nginx.url, '/traceparent', sent)).body).toBe(null);
    const believing = await nginxBeforeStub({ variables: () => ({ WHENCE_TRACEPARENT: '$http_traceparent' }) });
    expect((await get(believing.url, '/traceparent', sent)).body).toBe(traceparent);
    expect((await get(believing.url, '/traceparent')).body).toBe(null);
  });

  it.each([
    ['the id of the client', '\r\nX-Request-Id: import-7/a', /^import-7\/a$/],
    ['its own where there is none', '', /^[0-9a-f]{32}$/],
    ['its own where that of the client is none that Whence takes over', '\r\nX-Request-Id: a b', /^[0-9a-f]{32}$/],
  ])('passes %s on, and logs the same', async (_what, headers, expected) => {
    const server = await nginxBeforeStub();
    const passedOn = (await get(server.url, '/request-id', headers)).body;
    expect(passedOn).toMatch(expected);
    const refused = await get(server.url, '/metrics', headers);
    expect(refused.body).toMatchObject({ data: { request_id: expect.stringMatching(expected) } });
    await eventually(async () => {
      const lines = (await server.accessLog()).map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toContainEqual(expect.objectContaining({ path: '/request-id', request_id: passedOn }));
    });
  });

  it('logs neither addresses nor queries', async () => {
    const server = await nginxBeforeStub();
    await get(server.url, '/event/?source_ip=203.0.113.7', '\r\nX-Forwarded-For: 203.0.113.8');
    await get(server.url, '/metrics?source_ip=203.0.113.7');
    const logged = await eventually(async () => {
      const lines = await server.accessLog();
      expect(lines.join('\n')).toContain('"/metrics"');
      return lines;
    });
    const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ method: 'GET', path: '/event/', status: 404, level: 'info' }),
    );
    expect(logged.join('\n')).not.toMatch(/203\.0\.113|127\.0\.0/);
  });

  it('logs no address and no query where no process can be reached either, but that this is so', async () => {
    const server = await nginxBefore(['http://127.0.0.1:1']);
    const answer = await get(server.url, '/event/?source_ip=203.0.113.7', '\r\nX-Forwarded-For: 203.0.113.8');
    expect(answer.status).toBe(503);
    const complaint = await eventually(async () => {
      const errors = await server.errors();
      expect(errors).toContain('Connection refused');
      return errors;
    });
    expect(complaint).toContain('203.0.113.7');
    expect(await server.errorsInProduction()).toBe('');
    const [line = ''] = (await server.accessLog()).filter((logged) => logged.includes('/event/'));
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      status: 503,
      bytes: expect.any(Number),
      seconds: expect.any(Number),
      upstream_status: '502',
    });
  });

  it('takes the bodies of batches, in few at a time from one address, and small ones elsewhere', async () => {
    const { url } = await nginxBeforeStub();
    const post = async (path: string, bytes: number, from = ONE) =>
      (await exchange(url, requestOf(`POST ${path} HTTP/1.1\r\nContent-Length: ${bytes}`, 'x'.repeat(bytes)), from))
        .body;
    expect(await post('/event/submit/batch/', 5_300_000)).toEqual(JSON.parse(OF_WHENCE));
    expect(await post('/event/submit/', 40_000)).toEqual(JSON.parse(OF_WHENCE));
    expect(await post('/event/submit/', 70_000)).toMatchObject({ data: { code: 'payload_too_large' } });
    for (let batch = 0; batch < 10; batch++) unfinishedBatch(url);
    await eventually(async () =>
      expect(await post('/event/submit/batch/', 10)).toMatchObject({ data: { code: 'too_many_requests' } }),
    );
    expect(await post('/event/submit/batch/', 10, ANOTHER)).toEqual(JSON.parse(OF_WHENCE));
    expect(await post('/event/submit/', 10)).toEqual(JSON.parse(OF_WHENCE));
  });

  it('lets an address have so many requests under way, and others theirs', async () => {
    const { url } = await nginxBeforeStub({ connectionsPerAddress: MOST });
    for (let request = 0; request < MOST; request++) stall(url);
    const refused = await eventually(async () => {
      const answer = await get(url, '/200');
      expect(answer.status).toBe(429);
      return answer;
    });
    expect(refused.body).toMatchObject({ data: { code: 'too_many_requests' } });
    expect(refused.head).toMatch(/retry-after: 1\r?$/im);
    expect((await get(url, '/200', '', ANOTHER)).isOfWhence).toBe(true);
  });

  it('counts a /64 of IPv6 as one client', async () => {
    const { url } = await nginxBeforeStub({ connectionsPerAddress: 1, realIpFrom: ONE });
    const statusOf = async (address: string) => (await get(url, '/200', `\r\nX-Forwarded-For: ${address}`)).status;
    stall(url, '\r\nX-Forwarded-For: 2a00:1450::7:1:2:3:4');
    await eventually(async () => expect(await statusOf('2a00:1450:0:7::1')).toBe(429));
    expect([await statusOf('2a00:1450:0:7:ffff::'), await statusOf('2a00:1450:0:8::1')]).toEqual([429, 200]);
  });

  describe('tells clients apart', () => {
    let url: string;
    beforeAll(async () => void ({ url } = await nginxBeforeStub({ realIpFrom: ONE, tellsClient: true })));
    const clientOf = async (address: string) =>
      (await exchange(url, requestOf(`GET ${CLIENT_PATH} HTTP/1.1\r\nX-Forwarded-For: ${address}`), ONE)).body;

    it('by the first four groups, whichever of the eight are zero', async () => {
      for (let zeros = 0; zeros < 256; zeros++) {
        const groups = Array.from({ length: 8 }, (_, index) =>
          (zeros >> index) & 1 ? '0' : (0xa01 + index).toString(16),
        );
        expect([groups.join(':'), await clientOf(groups.join(':'))]).toEqual([
          groups.join(':'),
          groups.slice(0, 4).join(':'),
        ]);
      }
    });

    it.each([
      ['2001:0DB8:000A:000b::1', '2001:db8:a:b'],
      ['::1', '0:0:0:0'],
      ['::192.0.2.77', '0:0:0:0'],
      ['::ffff:1:192.0.2.77', '0:0:0:0'],
      ['192.0.2.77', '192.0.2.77'],
      ['::ffff:192.0.2.77', '192.0.2.77'],
      ['::FFFF:c000:24d', '192.0.2.77'],
      ['64:ff9b::192.0.2.77', '64:ff9b::c000:24d'],
      ['64:ff9b::0.0.2.77', '64:ff9b::24d'],
      ['64:ff9b::', '64:ff9b::'],
      ['64:ff9b::1:192.0.2.77', '64:ff9b:0:0'],
      ['64:ff9b:1::192.0.2.77', '64:ff9b:1:0'],
    ])('takes %s for one of %s', async (address, client) => {
      expect(await clientOf(address)).toBe(client);
    });
  });

  it('counts the clients of a balancer that it is told of, and believes nobody else', async () => {
    const { url } = await nginxBeforeStub({ connectionsPerAddress: 1, realIpFrom: ONE });
    const client = (address: string) => `\r\nX-Forwarded-For: 198.51.100.9, ${address}`;
    stall(url, client('192.0.2.1'));
    await eventually(async () => expect((await get(url, '/200', client('192.0.2.1'))).status).toBe(429));
    expect((await get(url, '/200', client('192.0.2.2'))).isOfWhence).toBe(true);
    stall(url, client('192.0.2.3'), ANOTHER);
    await eventually(async () => expect((await get(url, '/200', client('192.0.2.4'), ANOTHER)).status).toBe(429));
  });
});
