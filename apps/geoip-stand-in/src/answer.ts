import type { ServerResponse } from 'node:http';

/** An answer that is decided but not yet sent: `delayMs` is how long the client has to wait for it. */
export interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
  delayMs: number;
}

/** An answer that is sent at once. */
export function atOnce(status: number, body: object, headers?: Record<string, string>): Answer {
  return { status, body, headers, delayMs: 0 };
}

/** Sends an answer after its delay. A client that hangs up meanwhile ends the timer, and nothing is sent. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (answer.delayMs === 0) return write(response, answer);
  const timer = setTimeout(() => write(response, answer), answer.delayMs);
  response.once('close', () => clearTimeout(timer));
}

function write(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
    .end(text);
}
