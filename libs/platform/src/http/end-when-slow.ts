import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How little a client may take of what is there for it. */
export interface LeastTaken {
  readonly bytes: number;
  readonly withinMs: number;
}

/** Looks at the client within the time. */
const LOOKS = 6;

/**
 * Calls `end` when the client has taken fewer bytes than it must, in the last so many milliseconds, though there was always
 * something to take. Where nothing is there, as while events are sought, it may wait as long as it likes. What it takes of
 * other answers on the connection counts: this one may have to wait behind them for its turn.
 */
export function endWhenSlow(response: ServerResponse, { bytes, withinMs }: LeastTaken, end: () => void): void {
  // Its own is missing until its turn.
  const { socket } = response.req;
  // In place of the server's own limit for a silent connection, which knows no difference; Node sets that anew for the next request.
  socket.setTimeout(0);
  let taken = [bytesTaken(socket)];
  const timer = setInterval(() => {
    if (response.writableLength === 0) taken = [];
    const now = bytesTaken(socket);
    taken.push(now);
    if (taken.length <= LOOKS) return;
    const before = taken.shift() ?? now;
    if (now - before < bytes) end();
  }, withinMs / LOOKS).unref();
  response.once('close', () => clearInterval(timer));
}

/** What the operating system has taken for the client; what Node itself counts as written may still wait here. */
function bytesTaken({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}
