import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { fastifyOptions } from './fastify-options.js';

describe('fastifyOptions', () => {
  it('gives headers less time than the request, or Node would take each for the other', async () => {
    const { server, close } = fastify(fastifyOptions());
    await close();
    expect(server.requestTimeout).toBe(30_000);
    expect(server.headersTimeout).toBeLessThan(server.requestTimeout);
  });
});
