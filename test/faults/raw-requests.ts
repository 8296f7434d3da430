import { connect } from 'node:net';

/** Longer than the service and nginx wait for the rest of a request. */
const LONGEST_MS = 45_000;

/** Bytes that no client of HTTP would send. */
export interface RawRequest {
  readonly name: string;
  readonly bytes: Buffer;
  /** Sent in pieces with this pause between them; at once unless told. */
  readonly pauseMs?: number;
}

export interface RawAnswer {
  /** 0 where the connection was closed without a word. */
  readonly status: number;
  readonly isHanging: boolean;
}

const SMUGGLED = JSON.stringify({ name: 'smuggled' });
const HIDDEN = `POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;

function raw(name: string, text: string | Buffer, pauseMs?: number): RawRequest {
  return { name, bytes: Buffer.from(text as string, 'latin1'), ...(pauseMs === undefined ? {} : { pauseMs }) };
}

/** A POST whose body's end is told in two ways, after which a whole request is hidden. */
function twoEnds(name: string, headers: string, body: string): RawRequest {
  return raw(
    name,
    `POST /event/stats/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}${HIDDEN}`,
  );
}

export const RAW_REQUESTS: readonly RawRequest[] = [
  twoEnds('content-length and chunked', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  twoEnds('chunked and content-length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'),
  twoEnds('two lengths', 'Content-Length: 0\r\nContent-Length: 5', ''),
  twoEnds('a length twice in one', 'Content-Length: 0, 5', ''),
  twoEnds('a signed length', 'Content-Length: +0', ''),
  twoEnds('a space before the colon', 'Transfer-Encoding : chunked\r\nContent-Length: 3', '0\r\n\r\n'),
  twoEnds('a coding that is no chunked', 'Transfer-Encoding: xchunked\r\nContent-Length: 3', '0\r\n\r\n'),
  twoEnds('chunked twice', 'Transfer-Encoding: chunked, chunked', '0\r\n\r\n'),
  twoEnds('a folded header', 'X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0', ''),
  twoEnds('a bare line feed', 'X: a\nTransfer-Encoding: chunked\nContent-Length: 0', ''),
  twoEnds('a NUL in a header', 'Content-Length: 0\r\nX: \0', ''),
  raw(
    'a chunk of odd size',
    `POST /event/submit/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n${HIDDEN}`,
  ),
  raw(
    'a chunk beyond all numbers',
    'POST /event/submit/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
  ),
  raw('no request line', '\r\n\r\n\r\n\r\n'),
  raw('no version', 'GET /event/\r\n\r\n'),
  raw('a later version', 'GET /event/ HTTP/3.0\r\nHost: a\r\n\r\n'),
  raw('HTTP/1.0 without a host', 'GET /event/ HTTP/1.0\r\n\r\n'),
  raw('no host', 'GET /event/ HTTP/1.1\r\n\r\n'),
  raw('two hosts', 'GET /event/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'),
  raw(
    'bytes beyond ASCII in the path',
    Buffer.from('GET /event/\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'latin1'),
  ),
  raw('an absolute target', 'GET http://elsewhere/event/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
  raw('a target that is none', 'GET event HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
  raw('a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n'),
  raw('an upgrade', 'GET /event/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'),
  raw('headers without an end', `GET /event/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`),
  raw('thousands of headers', `GET /event/ HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`),
  raw('a long target', `GET /event/?name=${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`),
  raw('TLS', Buffer.from('16030100c8010000c40303', 'hex')),
  raw(
    'a body that is shorter than told',
    'POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"name"',
  ),
  raw(
    'a slow body',
    `POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"name"`,
    1_000,
  ),
  raw('slow headers', 'GET /event/ HTTP/1.1\r\nHost: a\r\nX: a', 1_000),
];

/** Sends the bytes and waits until the service closes the connection, which it has to do, or has answered. */
export function sendRaw(url: string, { bytes, pauseMs }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    let drip: NodeJS.Timeout | undefined;
    const end = (isHanging: boolean) => {
      clearTimeout(patience);
      clearInterval(drip);
      resolve({ status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0), isHanging });
      socket.destroy();
    };
    const patience = setTimeout(() => end(true), LONGEST_MS);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) end(false);
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.write(bytes);
    if (pauseMs !== undefined) drip = setInterval(() => socket.write(' '), pauseMs);
  });
}
