import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onceClosed } from './once-closed.js';

/**
 * Makes answers emit `close` also where they still wait for their turn on a connection, behind that to an earlier request,
 * when the connection ends: Node tells only the answer whose turn it is. Whatever is held for a request until its answer
 * closes would else be held for ever. Call it before anything else that adds hooks.
 */
export function closeQueuedAnswers(fastify: FastifyInstance): void {
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  fastify.addHook('onRequest', (request, reply, done) => {
    // An answer gets the connection when its turn comes.
    if (reply.raw.socket === null) add(queued, request.raw.socket, reply.raw);
    done();
  });
}

function add(queued: WeakMap<Socket, Set<ServerResponse>>, socket: Socket, answer: ServerResponse): void {
  let answers = queued.get(socket);
  if (answers === undefined) {
    queued.set(socket, (answers = new Set()));
    const all = answers;
    socket.once('close', () => {
      for (const each of all) {
        each.destroy();
        each.emit('close');
      }
    });
  }
  answers.add(answer);
  onceClosed(answer, () => answers.delete(answer));
}
