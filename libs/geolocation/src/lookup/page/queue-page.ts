import type { FastifyInstance } from 'fastify';

/** Where the page is. */
export const QUEUE_PAGE_PATH = '/queues';

/** Shows those who run the service what waits for its lookup. Changes nothing. */
export abstract class QueuePage {
  /** Adds the page, for the scope admin. Call once the application has its error handler, and before it is ready. */
  abstract serve(fastify: FastifyInstance): Promise<void>;
}
