import { METHODS as ALL_METHODS } from 'node:http';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { PlatformError } from '../errors/domain-error.js';

/** All that Node reads. CONNECT names no path, and Node alone ends its connection. */
const METHODS = ALL_METHODS.filter((method) => method !== 'CONNECT');

/**
 * Collects the routes of a service and can then answer 405, with `Allow`, on each path for every method that has no
 * route there. Real routes are registered for it, so that `GET /event/submit` is not taken for `GET /event/:task_id`.
 */
export class MethodNotAllowedRoutes {
  private readonly methodsByUrl = new Map<string, Set<string>>();

  /** Call before the service's routes are registered. */
  constructor(private readonly fastify: FastifyInstance) {
    for (const method of METHODS) {
      if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    }
    fastify.addHook('onRoute', (route) => this.remember(route));
  }

  /** Call once all routes are registered and before the service is ready. */
  complete(): void {
    for (const [url, allowed] of [...this.methodsByUrl]) {
      const missing = METHODS.filter((method) => !allowed.has(method));
      const allow = [...allowed].join(', ');
      const possible = `${allow} ${allowed.size === 1 ? 'is' : 'are'}`;
      if (url.includes('*') || missing.length === 0) continue;
      this.fastify.route({
        url,
        method: missing,
        // Before the body is read: what is wrong with that does not matter here.
        onRequest: (request, reply, done) => {
          void reply.header('allow', allow);
          done(new PlatformError('method_not_allowed', `${request.method} is not possible here; ${possible}.`));
        },
        handler: () => {},
      });
    }
  }

  private remember(route: RouteOptions): void {
    const url = route.url.length > 1 ? route.url.replace(/\/$/, '') : route.url;
    const methods = this.methodsByUrl.get(url) ?? new Set<string>();
    for (const method of [route.method].flat()) methods.add(method);
    this.methodsByUrl.set(url, methods);
  }
}
