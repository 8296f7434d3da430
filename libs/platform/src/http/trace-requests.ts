import type { FastifyInstance, FastifyRequest } from 'fastify';
import { beginSpan, failSpan, isTracing, type Span, withActive } from '../tracing/tracing.js';
import { methodOf } from './request-metrics.js';
import { AddsToRouteConfig } from './route-config.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Missing where the request is not traced. */
    span?: Span;
  }
  interface FastifyContextConfig {
    isTraced?: boolean;
  }
}

/** Leaves a route out of traces: what machines ask every few seconds would be most of what is told. */
export function NotTraced(): MethodDecorator {
  return AddsToRouteConfig({ isTraced: false });
}

/**
 * Traces requests, from when their headers have been read until their answer is handed over, as they are measured. A request
 * with a `traceparent` is a part of that trace. Routes as they are declared, never paths. Does nothing where nothing is traced.
 */
export function traceRequests(fastify: FastifyInstance): void {
  if (!isTracing()) return;
  fastify.decorateRequest('span', undefined);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.routeOptions.config.isTraced !== false) request.span = begin(request);
    withActive(request.span, done);
  });
  fastify.addHook('onSend', ({ span }, { statusCode }, payload, done) => {
    if (span?.isRecording() === true) {
      span.setAttribute('http.response.status_code', statusCode);
      if (statusCode >= 500) failSpan(span, String(statusCode));
      span.end();
    }
    done(null, payload);
  });
}

function begin(request: FastifyRequest): Span | undefined {
  const method = methodOf(request);
  const route = request.routeOptions.url;
  const { traceparent } = request.headers;
  return beginSpan(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    within: typeof traceparent === 'string' ? traceparent : undefined,
    attributes: { 'http.request.method': method, 'http.route': route },
  });
}
