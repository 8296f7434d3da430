import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig } from 'fastify';

/** Where Nest's own decorator keeps what it was given. */
const METADATA = '__fastify_route_config__';

/**
 * Method decorator: adds to the route's settings, which hooks can read before the body is. Nest's own decorator, used twice,
 * would forget what came first.
 */
export function AddsToRouteConfig(config: FastifyContextConfig): MethodDecorator {
  return (target, property, descriptor: PropertyDescriptor) => {
    const before = Reflect.getMetadata(METADATA, descriptor.value as object) as FastifyContextConfig | undefined;
    RouteConfig({ ...before, ...config })(target, property, descriptor);
  };
}
