import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainError } from '../errors/domain-error.js';
import { refuseUnderPressure } from './refuse-under-pressure.js';

const LATE_MS = 20;

describe('refuseUnderPressure', () => {
  let service: FastifyInstance;

  beforeEach(async () => {
    service = fastify();
    service.setErrorHandler((error: DomainError, _request, reply) => reply.status(503).send(error.code));
    await refuseUnderPressure(service, { longestEventLoopDelayMs: LATE_MS / 2, samplingIntervalMs: 20 });
    for (const path of ['/event', '/health/live', '/healthy', '/metrics']) service.get(path, () => 'ok');
  });

  afterEach(() => service.close());

  const statusOf = async (url: string) => (await service.inject(url)).statusCode;

  /** Keeps the event loop late for as long as the work takes. */
  async function whileLate(work: () => Promise<void>): Promise<void> {
    let isOver = false;
    const beLate = () => {
      for (const untilMs = performance.now() + LATE_MS * 2; performance.now() < untilMs;);
      if (!isOver) setTimeout(beLate);
    };
    beLate();
    await work().finally(() => (isOver = true));
  }

  const until = async (status: number) => {
    while ((await statusOf('/event')) !== status) await new Promise((resolve) => setTimeout(resolve));
  };

  it('refuses requests while the event loop is late, but no probes or scrapes, and takes them again after', async () => {
    expect(await statusOf('/event')).toBe(200);
    await whileLate(async () => {
      await until(503);
      expect(await statusOf('/healthy')).toBe(503);
      expect([await statusOf('/health/live'), await statusOf('/metrics')]).toEqual([200, 200]);
    });
    await until(200);
  });

  it('refuses new streams while the event loop is late, and leaves open ones alone', async () => {
    const bodies: Readable[] = [];
    service.get('/event/stream', async (_request, reply) => {
      const body = new Readable({ read: () => {} });
      bodies.push(body);
      body.push('before');
      return reply.send(body);
    });
    const stream = (await service.inject({ url: '/event/stream', payloadAsStream: true })).stream();
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await whileLate(async () => {
      await until(503);
      expect(await statusOf('/event/stream')).toBe(503);
      bodies[0]?.push(', after');
    });
    bodies[0]?.push(null);
    await once(stream, 'end');
    expect([text, bodies.length]).toEqual(['before, after', 1]);
  });
});
