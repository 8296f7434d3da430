import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { LogLevel } from '../config/setting-definitions.js';
import { sinceArrivalMs } from './request-metrics.js';

/**
 * Puts the request id on every answer and logs answers: at debug what went well, at info what was refused. Failures
 * (5xx) are logged by the error filter with their cause. One hook without a child logger per request: those cost more
 * than all the rest of a submission. Addresses, paths with ids and bodies are not logged. `measureRequests` comes before it,
 * and `traceRequests` after it.
 */
export function logRequests(fastify: FastifyInstance, level: LogLevel): void {
  const logsAnswers = level === 'debug' || level === 'trace';
  const logger = new Logger('Http');
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  // Not onResponse, for which Fastify would listen for the end of each answer.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const refused = reply.statusCode >= 400 && reply.statusCode < 500;
    const line = () => ({
      msg: refused ? 'request refused' : 'request answered',
      request_id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      duration_ms: Math.round(sinceArrivalMs(request) * 10) / 10,
    });
    if (refused) logger.log(line());
    else if (logsAnswers) logger.debug(line());
    done(null, payload);
  });
}
