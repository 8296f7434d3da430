import type { ServerResponse } from 'node:http';

/**
 * Does the work when the answer closes, and counts it as one listener that is known: what Node, Fastify and an export's own
 * stream listen for is as many as Node takes for well. It goes on to warn of listeners that pile up.
 */
export function onceClosed(answer: ServerResponse, work: () => void): void {
  answer.setMaxListeners(answer.getMaxListeners() + 1);
  answer.once('close', work);
}
