import { connect } from 'node:net';

/** Longer than the service and nginx wait for the rest of a request. */
const LONGEST_MS = 45_000;
const LINGER_MS = 200;

/** Bytes that no client of HTTP would send. */
export interface RawRequest {
  readonly name: string;
  readonly bytes: Buffer;
  /** The statuses that are right. */
  readonly right: readonly number[];
  /** A blank follows each time so long after; nothing unless told. */
  readonly pauseMs?: number;
  /** Of those that are never whole, which takes until the patience for them is over. */
  readonly isOnlyAtLength?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly isHanging: boolean;
}

const SMUGGLED = JSON.stringify({ name: 'smuggled' });
const HIDDEN = `POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;

/** The connection was closed without a word, or what came was no HTTP/1. */
const NO_STATUS = 0;
const MALFORMED = [400];
/** nginx has 400 for it. */
const TOO_LARGE = [400, 431];
/** What is never whole may be told so, or be given up. */
const TOO_SLOW = [400, 408, NO_STATUS];

function raw(name: string, text: string | Buffer, right: readonly number[] = MALFORMED): RawRequest {
  return { name, bytes: Buffer.from(text as string, 'latin1'), right };
}

function endless(name: string, text: string, pauseMs?: number): RawRequest {
  return { ...raw(name, text, TOO_SLOW), isOnlyAtLength: true, ...(pauseMs === undefined ? {} : { pauseMs }) };
}

const EARLY_END = `0\r\n\r\n${HIDDEN}`;
const CHUNK_SIZE = `${HIDDEN.length.toString(16)}\r\n`;

/**
 * A POST whose body's end is told in two ways. By its length a whole request is a part of the body; whoever goes by the other
 * way takes it for the next request, and for somebody else's.
 */
function twoEnds(name: string, header: string, lengthHeader = `Content-Length: ${EARLY_END.length}`): RawRequest {
  return post(name, `${header}\r\n${lengthHeader}`, EARLY_END);
}

function post(name: string, headers: string, body: string): RawRequest {
  const head = 'POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json';
  return raw(name, `${head}\r\n${headers}\r\n\r\n${body}`);
}

export const RAW_REQUESTS: readonly RawRequest[] = [
  twoEnds('chunked, and a length', 'Transfer-Encoding: chunked'),
  twoEnds('a space before the colon', 'Transfer-Encoding : chunked'),
  twoEnds('a tab after the colon', 'Transfer-Encoding:\tchunked'),
  twoEnds('a coding that is no chunked', 'Transfer-Encoding: xchunked'),
  twoEnds('chunked twice', 'Transfer-Encoding: chunked, chunked'),
  twoEnds('chunked and identity', 'Transfer-Encoding: chunked, identity'),
  twoEnds('two codings', 'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'),
  twoEnds('a folded header', 'X: a\r\n Transfer-Encoding: chunked'),
  twoEnds('a bare line feed', 'X: a\nTransfer-Encoding: chunked'),
  twoEnds('a bare carriage return', 'X: a\rTransfer-Encoding: chunked'),
  twoEnds('a NUL in a name', 'Transfer-Encoding\0: chunked'),
  twoEnds('two lengths', 'Content-Length: 0'),
  twoEnds('two lengths in one', 'X: a', `Content-Length: 0, ${EARLY_END.length}`),
  twoEnds('a signed length', 'X: a', `Content-Length: +${EARLY_END.length}`),
  twoEnds('a hexadecimal length', 'X: a', `Content-Length: 0x${EARLY_END.length.toString(16)}`),
  post(
    'a length, and chunked',
    `Content-Length: ${CHUNK_SIZE.length}\r\nTransfer-Encoding: chunked`,
    `${CHUNK_SIZE}${HIDDEN}\r\n0\r\n\r\n`,
  ),
  post('a chunk of odd size', 'Transfer-Encoding: chunked', `-1\r\n${HIDDEN}`),
  post('a chunk beyond all numbers', 'Transfer-Encoding: chunked', 'ffffffffffffffffff\r\n'),
  endless('no request line', '\r\n\r\n\r\n\r\n'),
  // HTTP/0.9, in which an answer has no status.
  raw('no version', 'GET /event/\r\n\r\n', [200, 400, NO_STATUS]),
  raw('a later version', 'GET /event/ HTTP/3.0\r\nHost: a\r\n\r\n'),
  // nginx passes it on as HTTP/1.1, which has to have a host.
  raw('HTTP/1.0 without a host', 'GET /event/ HTTP/1.0\r\n\r\n', [200, 400]),
  raw('no host', 'GET /event/ HTTP/1.1\r\n\r\n'),
  // Node takes the first, and no answer depends on it.
  raw('two hosts', 'GET /event/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', [200, 400]),
  raw(
    'bytes beyond ASCII in the path',
    Buffer.from('GET /event/\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'latin1'),
    [400, 404],
  ),
  raw('an absolute target', 'GET http://elsewhere/event/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', [200]),
  raw('a target that is none', 'GET event HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
  raw('a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere:443\r\n\r\n', [400, 405, NO_STATUS]),
  raw(
    'an upgrade',
    'GET /event/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n',
    [200],
  ),
  raw('headers without an end', `GET /event/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, TOO_LARGE),
  raw('thousands of headers', `GET /event/ HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, [
    200,
    ...TOO_LARGE,
  ]),
  raw('a long target', `GET /event/?name=${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, [414, 431]),
  raw('TLS', Buffer.from('16030100c8010000c40303', 'hex')),
  endless(
    'a body that is shorter than told',
    'POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"name"',
  ),
  endless(
    'a slow body',
    `POST /event/submit/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{"name"`,
    1_000,
  ),
  endless('slow headers', 'GET /event/ HTTP/1.1\r\nHost: a\r\nX: a', 1_000),
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
      resolve({ status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? NO_STATUS), isHanging });
      socket.destroy();
    };
    const patience = setTimeout(() => end(true), LONGEST_MS);
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      // What might be hidden behind the request has its turn as well.
      if (text.includes('\r\n\r\n')) setTimeout(end, LINGER_MS, false);
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.write(bytes);
    if (pauseMs !== undefined) drip = setInterval(() => socket.write(' '), pauseMs);
  });
}
