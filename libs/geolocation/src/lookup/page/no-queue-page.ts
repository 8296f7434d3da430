import type { FastifyInstance } from 'fastify';
import { PlatformError } from '#libs/platform';
import { QUEUE_PAGE_PATH, QueuePage } from './queue-page.js';

/** Says why there is no page: a queue in the memory of one process has none, since nobody else could read it. */
export class NoQueuePage extends QueuePage {
  override async serve(fastify: FastifyInstance): Promise<void> {
    for (const url of [QUEUE_PAGE_PATH, `${QUEUE_PAGE_PATH}/*`]) {
      fastify.get(url, { config: { access: 'admin' } }, () => {
        throw new PlatformError(
          'not_found',
          'There is no page of the queue without REDIS_URL: lookups then wait in the memory of this process. ' +
            'GET /health tells how many.',
        );
      });
    }
  }
}
