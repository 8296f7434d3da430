import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors/domain-error.js';
import { acceptOnlyJsonBodies } from './json-body.js';
import { acceptNdjsonBodies } from './ndjson-body.js';

/** Posts to a server with a route that reads many objects and one that does not; both echo what they understood. */
async function post(url: '/many' | '/one', body: string | Buffer, contentType = 'application/x-ndjson') {
  const server = fastify({ bodyLimit: 20 });
  acceptOnlyJsonBodies(server);
  acceptNdjsonBodies(server);
  const config = { manyObjects: { field: 'lines', mostObjects: 3, bodyLimitBytes: 40 } };
  server.post('/many', { config }, (request) => request.body);
  server.post('/one', (request) => request.body);
  server.setErrorHandler((error, _request, reply) =>
    error instanceof PlatformError
      ? reply.send({ code: error.code, field: error.details.errors?.[0]?.field })
      : reply.send({ statusCode: (error as { statusCode?: number }).statusCode }),
  );
  const answer = await server.inject({ method: 'POST', url, payload: body, headers: { 'content-type': contentType } });
  await server.close();
  return answer.json<Record<string, unknown>>();
}

describe('acceptNdjsonBodies', () => {
  it('makes the JSON body of NDJSON', async () => {
    expect(await post('/many', '{"a":1}\n{"b":"ä"}\n')).toEqual({ lines: [{ a: 1 }, { b: 'ä' }] });
    expect(await post('/many', '{"lines":[{}]}', 'application/json')).toEqual({ lines: [{}] });
    expect(await post('/many', '')).toEqual({ lines: [] });
  });

  it('leaves NDJSON unread on other routes', async () => {
    expect(await post('/one', '{"a":1}\n')).toEqual({ code: 'unsupported_media_type', field: 'Content-Type' });
  });

  it('refuses bytes that are no UTF-8, and another charset', async () => {
    expect(await post('/many', Buffer.from([0x22, 0xff, 0x22]))).toEqual({ code: 'malformed_json', field: 'body' });
    const latin1 = await post('/many', '{}', 'application/x-ndjson; charset=latin1');
    expect(latin1).toEqual({ code: 'unsupported_media_type', field: 'Content-Type' });
  });

  it('gives the larger limit to the one route, for both types', async () => {
    for (const type of ['application/x-ndjson', 'application/json']) {
      expect(await post('/many', `{}${' '.repeat(38)}`, type)).not.toHaveProperty('statusCode');
      expect(await post('/many', `{}${' '.repeat(39)}`, type)).toEqual({ statusCode: 413 });
      expect(await post('/one', `{}${' '.repeat(19)}`, type)).toEqual({ statusCode: 413 });
    }
  });
});
