import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors/domain-error.js';
import { MethodNotAllowedRoutes } from './method-not-allowed.js';

async function answer(method: string, url: string) {
  const server = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  const others = new MethodNotAllowedRoutes(server);
  server.post('/event/submit', () => 'submitted');
  server.get('/event/:task_id', () => 'fetched');
  server.get('/event/', () => 'listed');
  server.get('/docs/*', () => 'read');
  server.setErrorHandler((error, _request, reply) => reply.send(error instanceof PlatformError ? error.code : 'other'));
  await server.after();
  others.complete();
  const { body, headers, statusCode } = await server.inject({ method: method as 'GET', url });
  await server.close();
  return { body: statusCode === 404 ? 'nothing' : body, allow: headers['allow'] };
}

describe('MethodNotAllowedRoutes', () => {
  it.each([
    ['POST', '/event/submit', 'submitted'],
    ['GET', '/event/0199', 'fetched'],
    ['GET', '/event', 'listed'],
    ['GET', '/docs/a', 'read'],
  ] as const)('leaves %s %s as it is', async (method, url, body) => {
    expect(await answer(method, url)).toEqual({ body, allow: undefined });
  });

  it.each([
    ['GET', '/event/submit', 'POST'],
    ['GET', '/event/submit/', 'POST'],
    ['DELETE', '/event/submit', 'POST'],
    ['POST', '/event/0199', 'GET, HEAD'],
    ['DELETE', '/event/', 'GET, HEAD'],
    ['OPTIONS', '/event/', 'GET, HEAD'],
    ['TRACE', '/event/', 'GET, HEAD'],
    ['PROPFIND', '/event/submit', 'POST'],
    ['M-SEARCH', '/event/submit', 'POST'],
  ] as const)('refuses %s %s and tells what is allowed', async (method, url, allow) => {
    expect(await answer(method, url)).toEqual({ body: 'method_not_allowed', allow });
  });

  it.each([
    ['/event/submit', 'PUT is not possible here; POST is.'],
    ['/event', 'PUT is not possible here; GET, HEAD are.'],
  ])('says what is possible at %s', async (url, message) => {
    const server = fastify();
    const others = new MethodNotAllowedRoutes(server);
    server.post('/event/submit', () => 'submitted');
    server.get('/event', () => 'listed');
    server.setErrorHandler((error, _request, reply) => reply.send((error as Error).message));
    await server.after();
    others.complete();
    expect((await server.inject({ method: 'PUT', url })).body).toBe(message);
    await server.close();
  });

  it('refuses the method before it looks at the body', async () => {
    const server = fastify();
    const others = new MethodNotAllowedRoutes(server);
    server.get('/event', () => 'listed');
    server.setErrorHandler((error, _request, reply) => reply.send((error as { code?: string }).code));
    await server.after();
    others.complete();
    const headers = { 'content-type': 'application/json' };
    const { body } = await server.inject({ method: 'POST', url: '/event', headers, payload: '{"broken' });
    expect(body).toBe('method_not_allowed');
    await server.close();
  });

  it('adds nothing below a wildcard', async () => {
    expect(await answer('POST', '/docs/a')).toEqual({ body: 'nothing', allow: undefined });
  });
});
