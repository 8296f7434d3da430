import type { ServerResponse } from 'node:http';

/** How often the client is looked at, while it may stall. */
const LOOKS = 6;

/**
 * Calls `end` when the client has taken nothing for so long though there was something to take. Where nothing is there, as
 * while events are sought, it may wait as long as it likes.
 */
export function endWhenStalled(response: ServerResponse, longestMs: number, end: () => void): void {
  let taken = bytesTaken(response);
  let sinceMs = performance.now();
  const timer = setInterval(() => {
    const nowTaken = bytesTaken(response);
    if (response.writableLength === 0 || nowTaken !== taken) {
      taken = nowTaken;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs >= longestMs) end();
  }, longestMs / LOOKS).unref();
  response.once('close', () => clearInterval(timer));
}

/** What the operating system has taken for the client; what Node itself counts as written may still wait here. */
function bytesTaken({ socket }: ServerResponse): number {
  return socket === null ? 0 : socket.bytesWritten - socket.writableLength;
}
