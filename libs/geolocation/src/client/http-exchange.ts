import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';

/** What came back. `text` is null where the body was larger than the bound and not read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string | null;
}

/** The time for connecting or for the answer is over. */
export class HttpTimeoutError extends Error {}

/**
 * One GET in two steps: first the connection, then the request. Nothing leaves before `send`, and `send` writes at once,
 * so that what is checked right before still holds when it leaves. Clients that open connections by themselves (fetch,
 * undici) leave any time in between to DNS, TCP, TLS and a busy event loop.
 */
export class HttpExchange {
  private readonly request: ClientRequest;
  private connected: Socket | undefined;
  private error: Error | undefined;

  constructor(
    url: URL,
    private readonly agent: HttpAgent | HttpsAgent,
    private readonly timeoutMs: number,
    private readonly signal: AbortSignal,
  ) {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    this.request = open(url, { agent: this.agent, signal, headers: { accept: 'application/json' } });
    this.request.on('error', (error) => (this.error ??= error));
  }

  /** Whether there is a connection on which the request can leave: the server may have closed it meanwhile. */
  get stands(): boolean {
    return this.connected !== undefined && this.error === undefined && this.connected.writable;
  }

  /** Resolves when the connection stands. Rejects where none can be had in time. */
  connect(): Promise<void> {
    return this.inTime((resolve) => {
      this.request.once('socket', (socket) => {
        const stand = () => {
          this.connected = socket;
          resolve();
        };
        if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stand);
        else stand();
      });
    });
  }

  /**
   * Writes the request and reads the answer, up to so many bytes of its body. Calls `written` when the operating system has
   * the request, and again at the end: where that fails, some of it may have left.
   */
  send(largestBodyBytes: number, written: () => void): Promise<HttpAnswer> {
    return this.inTime<HttpAnswer>((resolve, reject) => {
      this.request.once('finish', written);
      this.request.once('response', (response) => {
        readBody(response, largestBodyBytes).then(
          (text) => resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text }),
          reject,
        );
      });
      this.request.end();
    }).finally(written);
  }

  /** Gives the connection up unless it was read to its end, and can be used again. */
  close(): void {
    if (!this.request.destroyed) this.request.destroy();
  }

  /** A request without a socket (all are in use) tells neither that it is destroyed nor that it is aborted. */
  private inTime<Result>(
    run: (resolve: (result: Result) => void, reject: (error: Error) => void) => void,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.error !== undefined) return reject(this.error);
      const settled = () => {
        clearTimeout(timer);
        this.signal.removeEventListener('abort', abort);
        this.request.off('error', fail);
      };
      const fail = (error: Error) => {
        settled();
        this.request.destroy(error);
        reject(error);
      };
      const abort = () => fail(this.signal.reason as Error);
      const timer = setTimeout(() => fail(new HttpTimeoutError()), this.timeoutMs);
      this.signal.addEventListener('abort', abort, { once: true });
      this.request.once('error', fail);
      run((result) => {
        settled();
        resolve(result);
      }, fail);
    });
  }
}

async function readBody(response: IncomingMessage, largestBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the connection.
    if (bytes > largestBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
