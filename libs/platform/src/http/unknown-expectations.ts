import type { Server } from 'node:http';

/**
 * Answers a request with an `Expect` that the service does not know as if it had none, which RFC 9110 (10.1.1) leaves to
 * the server. Node alone answers 417 without a body, which no client of the API reads.
 */
export function ignoreUnknownExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}
