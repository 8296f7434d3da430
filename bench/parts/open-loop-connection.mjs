import { connect } from 'node:net';

const BLANK_LINE = '\r\n\r\n';

/**
 * A kept-alive connection that carries one request at a time. It understands as much HTTP as the services answer with: a
 * status line and a Content-Length. `onAnswer(connection, status, tag)` and `onFailure(connection, code, wasInFlight)`
 * are called back; what has failed opens again with its next request.
 */
export class OpenLoopConnection {
  #socket;
  #received = '';
  #tag;
  #isInFlight = false;

  constructor(host, port, onAnswer, onFailure) {
    this.target = { host, port };
    this.onAnswer = onAnswer;
    this.onFailure = onFailure;
  }

  /** Resolves once it is connected. */
  async open() {
    const { promise, resolve, reject } = withResolvers();
    const buffer = Buffer.allocUnsafe(4_096);
    const onread = { buffer, callback: (length) => this.#read(buffer.latin1Slice(0, length)) };
    const socket = connect({ ...this.target, noDelay: true, onread });
    this.#socket = socket;
    socket.once('connect', resolve);
    socket.once('error', (error) => {
      reject(error);
      this.#fail(socket, error.code ?? error.message);
    });
    socket.once('close', () => this.#fail(socket, 'closed'));
    return promise;
  }

  /** Sends a request, on a new connection where the old one is gone. */
  send(request, tag) {
    this.#tag = tag;
    this.#isInFlight = true;
    if (this.#socket === undefined) this.open().catch(() => {});
    this.#socket.write(request);
  }

  #read(text) {
    this.#received += text;
    const headEnd = this.#received.indexOf(BLANK_LINE);
    if (headEnd < 0) return true;
    const length = lengthOf(this.#received, headEnd);
    if (this.#received.length < headEnd + BLANK_LINE.length + length) return true;
    const status = Number(this.#received.slice(9, 12));
    this.#received = '';
    // What the server says of itself before it closes an idle connection answers nothing.
    if (!this.#isInFlight) return true;
    this.#isInFlight = false;
    this.onAnswer(this, status, this.#tag);
    return true;
  }

  #fail(socket, code) {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#received = '';
    const wasInFlight = this.#isInFlight;
    this.#isInFlight = false;
    this.onFailure(this, code, wasInFlight);
  }
}

function lengthOf(text, headEnd) {
  const start = text.indexOf('content-length: ');
  return start < 0 || start > headEnd ? 0 : parseInt(text.slice(start + 16, start + 26), 10);
}

function withResolvers() {
  let [resolve, reject] = [];
  const promise = new Promise((...settle) => ([resolve, reject] = settle));
  return { promise, resolve, reject };
}
