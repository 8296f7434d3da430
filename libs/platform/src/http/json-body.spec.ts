import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors/domain-error.js';
import { acceptOnlyJsonBodies } from './json-body.js';

/** Posts a body to a server that echoes what it understood, or the code and the field it refused. */
async function post(body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  const server = fastify();
  acceptOnlyJsonBodies(server);
  server.post('/', (request) => ({ understood: request.body }));
  server.setErrorHandler((error, _request, reply) =>
    error instanceof PlatformError
      ? reply.send({ code: error.code, errors: error.details.errors })
      : reply.send({ statusCode: (error as { statusCode?: number }).statusCode }),
  );
  const answer = await server.inject({ method: 'POST', url: '/', payload: body, headers });
  await server.close();
  return answer.json<Record<string, unknown>>();
}

describe('acceptOnlyJsonBodies', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON ; charset = utf-8 ',
  ])('reads a body of type %s', async (contentType) => {
    expect(await post('{"name":"ä😀"}', { 'content-type': contentType })).toEqual({ understood: { name: 'ä😀' } });
  });

  it.each(['application/json; charset=latin1', 'application/json; profile=x'])('refuses the type %s', async (type) => {
    expect(await post('{}', { 'content-type': type })).toMatchObject({
      code: 'unsupported_media_type',
      errors: [{ field: 'Content-Type' }],
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'application/ld+json'])(
    'has no reader for %s',
    async (contentType) => {
      expect(await post('{}', { 'content-type': contentType })).toEqual({ statusCode: 415 });
    },
  );

  it('refuses a compressed body', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(await post('{}', headers)).toMatchObject({
      code: 'unsupported_media_type',
      errors: [{ field: 'Content-Encoding', message: 'expected no encoding, found gzip' }],
    });
  });

  it.each([
    ['no JSON', '{"name":', 'expected JSON: '],
    ['nothing', '', 'expected a JSON object, found an empty body'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'expected UTF-8, found bytes that are not'],
    ['what is nested too deeply', '['.repeat(33) + ']'.repeat(33), 'expected at most 32 levels of nesting'],
  ])('refuses %s', async (_what, body, message) => {
    expect(await post(body)).toMatchObject({
      code: 'malformed_json',
      errors: [{ field: 'body', message: expect.stringContaining(message) as string }],
    });
  });

  it('reads what is nested just deeply enough', async () => {
    const body = '['.repeat(32) + ']'.repeat(32);
    expect(await post(body)).toEqual({ understood: JSON.parse(body) });
  });

  it('hands an own __proto__ on, for the validation to name', async () => {
    const server = fastify();
    acceptOnlyJsonBodies(server);
    server.post('/', (request) => Object.keys(request.body as object));
    const headers = { 'content-type': 'application/json' };
    const answer = await server.inject({ method: 'POST', url: '/', payload: '{"__proto__":{"a":1}}', headers });
    expect(answer.json()).toEqual(['__proto__']);
    await server.close();
  });
});
