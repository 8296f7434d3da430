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
import { Draining, Settings, UnusedConnections } from '#libs/platform';

/** Kept for closing what lookups and answers need, after those have ended. */
const CLOSING_MS = 750;
/** How long idle connections are kept: longer than nginx keeps them (docker/nginx), so that nginx is who closes them. */
const IDLE_MS = 5_000;

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
  await closeServer(app, graceMs - CLOSING_MS);
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
 * Closes the listener at once, connections with the answer to their next request, idle and unused ones after 5 s or half of the
 * time, and what is still open after the time as well. Whoever sends a request on a connection while it is closed does not know
 * whether it has arrived, and may not send it again. Only who sends the requests can close an idle connection safely: a
 * balancer has to do so sooner than here. Not kept for all of the time, since a browser closes its own only after minutes.
 */
async function closeServer(app: NestFastifyApplication, answeringMs: number): Promise<void> {
  const server = app.getHttpServer();
  // Right after new connections have been accepted: those that wait would be reset.
  await nextTurn();
  // Not http's own: that closes idle connections as well.
  const closed = new Promise<void>((resolve) => void TcpServer.prototype.close.call(server, () => resolve()));
  const closeIdle = async () => {
    // What has arrived meanwhile is read first.
    await nextTurn();
    server.closeIdleConnections();
    app.get(UnusedConnections).close();
  };
  const idle = setTimeout(() => void closeIdle(), Math.min(IDLE_MS, answeringMs / 2));
  // A connection that has sent half a request would never end by itself.
  const deadline = setTimeout(() => server.closeAllConnections(), answeringMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(deadline);
}
