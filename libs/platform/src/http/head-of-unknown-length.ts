import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/**
 * Leaves `Content-Length` out of the answer to a HEAD whose handler gave no body: the length of what GET answers is not known
 * then, and Fastify would say 0.
 */
export function leaveOutUnknownLengths(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const isUnknown = request.method === 'HEAD' && payload === undefined && reply.statusCode === 200;
    done(null, isUnknown ? Readable.from([]) : payload);
  });
}
