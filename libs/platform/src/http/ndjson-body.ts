import { isUtf8 } from 'node:buffer';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { assertPlainUtf8, malformedBody, mediaTypeInUtf8, unsupported } from './body-refusals.js';
import { readNdjson } from './ndjson-lines.js';
import { AddsToRouteConfig } from './route-config.js';

const NDJSON = 'application/x-ndjson';
const NDJSON_TYPE = mediaTypeInUtf8(NDJSON);

/** How a call reads many objects at once. */
export interface ManyObjects {
  /** The field of the JSON body that holds them; NDJSON becomes an object with this field alone. */
  readonly field: string;
  readonly mostObjects: number;
  /** In place of the limit that other calls have, for JSON as well. */
  readonly bodyLimitBytes: number;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    manyObjects?: ManyObjects;
  }
}

/** Method decorator: the call also reads NDJSON, and larger bodies than others. */
export function ReadsManyObjects(manyObjects: ManyObjects): MethodDecorator {
  return AddsToRouteConfig({ manyObjects });
}

/** The types of body that the call of a request reads, for the one who sent another. */
export function readableTypes(request: FastifyRequest): string {
  return manyObjectsOf(request.routeOptions.config) === undefined
    ? 'application/json'
    : `application/json or ${NDJSON}`;
}

/** How many objects a request has brought: those of a batch, read or not; else one. */
export function objectsIn({ body, routeOptions }: FastifyRequest): number {
  const manyObjects = manyObjectsOf(routeOptions.config);
  const objects = manyObjects === undefined ? null : (body as Record<string, unknown> | null)?.[manyObjects.field];
  return Array.isArray(objects) ? Math.max(1, objects.length) : 1;
}

/** Makes the service read NDJSON, on the calls that say so; on others it is 415. Call before routes are registered. */
export function acceptNdjsonBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const manyObjects = manyObjectsOf(route.config);
    if (manyObjects !== undefined) route.bodyLimit = manyObjects.bodyLimitBytes;
  });
  fastify.addContentTypeParser<Buffer>(NDJSON, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, parseNdjsonBody(request, body));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseNdjsonBody(request: FastifyRequest, body: Buffer): unknown {
  const manyObjects = manyObjectsOf(request.routeOptions.config);
  if (manyObjects === undefined) throw unsupported('Content-Type', 'application/json', NDJSON);
  assertPlainUtf8(request, NDJSON_TYPE, NDJSON);
  if (!isUtf8(body)) throw malformedBody('expected UTF-8, found bytes that are not');
  return { [manyObjects.field]: readNdjson(body, manyObjects.mostObjects) };
}

function manyObjectsOf(config: FastifyContextConfig | undefined): ManyObjects | undefined {
  return config?.manyObjects;
}
