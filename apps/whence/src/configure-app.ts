import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { Gatekeeper, OpenRequests, RequestThrottle, requireKeys } from '#libs/access';
import { QueuePage } from '#libs/geolocation';
import {
  acceptNdjsonBodies,
  acceptOnlyJsonBodies,
  addSecurityHeaders,
  closeQueuedAnswers,
  Draining,
  fastifyOptions,
  ignoreUnknownExpectations,
  knowCallers,
  leaveOutUnknownLengths,
  limitBodiesInFlight,
  logRequests,
  measureRequests,
  Metrics,
  MethodNotAllowedRoutes,
  noteWaits,
  refuseEarly,
  refuseUnderPressure,
  Settings,
  traceRequests,
  UnusedConnections,
} from '#libs/platform';
import { allowOrigins } from './allow-origins.js';
import { openApiDocument } from './openapi-document.js';
import { serveMapPage } from './serve-map-page.js';

/** The HTTP server, for `NestFactory.create` and the tests' counterpart. */
export function createHttpAdapter(): FastifyAdapter {
  // No module has Nest middleware, whose adapter would be run for each request.
  return new FastifyAdapter({ ...fastifyOptions(), skipMiddie: true });
}

/**
 * Sets up everything about HTTP that no module declares, and initialises the application. `main.ts` and the end-to-end
 * tests both call it, so that what is tested is what runs. Create the application with `bodyParser: false`.
 */
export async function configureApp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const draining = app.get(Draining);
  const settings = app.get(Settings);
  app.get(UnusedConnections).watch(fastify.server);
  closeQueuedAnswers(fastify);
  addSecurityHeaders(fastify);
  ignoreUnknownExpectations(fastify.server);
  acceptOnlyJsonBodies(fastify);
  acceptNdjsonBodies(fastify);
  measureRequests(fastify, app.get(Metrics));
  // Before traces, so that the line of a request has the ids of its span.
  logRequests(fastify, settings.logLevel);
  traceRequests(fastify);
  await allowOrigins(fastify, settings.corsOrigins);
  knowCallers(fastify);
  noteWaits(fastify);
  if (settings.auth === 'required') requireKeys(fastify, app.get(Gatekeeper), app.get(OpenRequests));
  app.get(RequestThrottle).watch(fastify);
  refuseEarly(fastify);
  limitBodiesInFlight(fastify);
  leaveOutUnknownLengths(fastify);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    // Else a kept-alive connection would hold the process until it times out.
    if (draining.isDraining) void reply.header('connection', 'close');
    done(null, payload);
  });
  const otherMethods = new MethodNotAllowedRoutes(fastify);
  if (settings.servesClients) await serveMapPage(fastify);
  SwaggerModule.setup('docs', app, () => openApiDocument(app), { jsonDocumentUrl: 'docs-json' });
  await app.init();
  await app.get(QueuePage).serve(fastify);
  otherMethods.complete();
  // Last, since the start itself keeps the event loop busy.
  await refuseUnderPressure(fastify);
  await fastify.ready();
}
