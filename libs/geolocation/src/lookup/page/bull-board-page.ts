import { createBullBoard } from '@bull-board/api';
import type { Queue } from 'bull';
import type { FastifyInstance } from 'fastify';
import type { RedisConnections } from '#libs/platform';
import type { PlacedJob, RedisBacklog } from '../redis-backlog.js';
import { LookupsOnBoard } from './lookups-on-board.js';
import { QUEUE_PAGE_PATH, QueuePage } from './queue-page.js';
import { ReadingServer } from './reading-server.js';

/** Bull Board, which shows what is in Redis: the same in every process. */
export class BullBoardPage extends QueuePage {
  constructor(
    private readonly bull: Queue<PlacedJob>,
    private readonly backlog: RedisBacklog,
    private readonly connections: RedisConnections,
  ) {
    super();
  }

  override async serve(fastify: FastifyInstance): Promise<void> {
    const server = new ReadingServer(QUEUE_PAGE_PATH, () => this.connections.isReady);
    createBullBoard({
      queues: [new LookupsOnBoard(this.bull, this.backlog)],
      serverAdapter: server,
      options: {
        uiConfig: {
          boardTitle: 'Whence',
          hideDocsLink: true,
          // Both ask Redis for what an account with few rights may not have; Redis has monitoring of its own.
          hideRedisDetails: true,
          showWorkers: false,
          // Bull counts what was done where it is told to; whence_lookups_total does anyway.
          showMetrics: false,
        },
      },
    });
    await fastify.register(server.plugin, { prefix: QUEUE_PAGE_PATH });
  }
}
