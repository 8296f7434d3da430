import { Logger } from '@nestjs/common';
import { Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  EventStreams,
  IdempotentSubmissions,
  LookupRequests,
  Reconciler,
  SubmitBatchService,
  SubmitEventsService,
} from '#libs/events';
import { LookupWorker } from '#libs/geolocation';
import { Draining, Settings } from '#libs/platform';

/** Kept for closing connections after the lookups have ended. */
const CLOSING_MS = 750;
/** Of the time for answers: how long idle connections are kept. */
const IDLE_SHARE = 0.2;

/**
 * Stops the service within the grace time: no new connections, streams end, requests under way are answered, what was
 * accepted is committed, lookups in flight end or go back to the queue. In this order, since each needs what is closed after it.
 */
export async function stopGracefully(app: NestFastifyApplication): Promise<void> {
  const graceMs = app.get(Settings).shutdownGraceMs;
  const logger = new Logger('Stop');
  logger.log({ msg: 'stopping', grace_ms: graceMs });
  app.get(Draining).start();
  app.get(EventStreams).stop();
  const lookupsEnded = app.get(LookupWorker).stop(graceMs - CLOSING_MS);
  await closeServer(app, graceMs / 2);
  await app.get(IdempotentSubmissions).flushed();
  await app.get(SubmitEventsService).flushed();
  await app.get(SubmitBatchService).flushed();
  await app.get(Reconciler).stop();
  await app.get(LookupRequests).settled();
  await lookupsEnded;
  await app.close();
  logger.log('stopped');
}

/**
 * Closes the listener at once, connections with the answer to their next request, idle ones after a while, and what is still
 * open after the time as well. A balancer that has just sent a request on an idle connection would else not know whether it
 * has arrived, and may not send it again.
 */
async function closeServer(app: NestFastifyApplication, answeringMs: number): Promise<void> {
  const server = app.getHttpServer();
  // Right after new connections have been accepted: those that wait would be reset.
  await nextTurn();
  // Not http's own: that closes idle connections as well.
  const closed = new Promise<void>((resolve) => void TcpServer.prototype.close.call(server, () => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), answeringMs * IDLE_SHARE);
  // A connection that has sent nothing, or half a request, would never end by itself.
  const deadline = setTimeout(() => server.closeAllConnections(), answeringMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
