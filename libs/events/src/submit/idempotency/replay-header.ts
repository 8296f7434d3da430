import type { FastifyReply } from 'fastify';

/** Documents the header of an answer that an earlier request with the key had first; for `ApiAcceptedResponse`. */
export const REPLAY_HEADERS = {
  'Idempotent-Replay': {
    description:
      'There where an earlier request with the Idempotency-Key reserved the answer: this one stored no further event.',
    schema: { type: 'string', enum: ['true'] },
  },
};

/** Tells the client that the answer is a repeat. */
export function markReplay(reply: FastifyReply): void {
  void reply.header('idempotent-replay', 'true');
}
