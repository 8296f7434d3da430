import { Logger } from '@nestjs/common';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { ManualClock } from '../testing/manual-clock.js';
import { logRequests } from './request-log.js';
import { measureRequests } from './request-metrics.js';

describe('logRequests', () => {
  let service: FastifyInstance;
  let lines: Record<string, unknown>[];

  beforeEach(() => {
    lines = [];
    vi.spyOn(Logger.prototype, 'log').mockImplementation((line) => void lines.push(line as Record<string, unknown>));
    service = fastify();
    measureRequests(service, new Metrics(new ManualClock()));
    logRequests(service, 'info');
    service.get('/event/:task_id', async (request, reply) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return reply.status('refused' in (request.query as object) ? 404 : 200).send('x');
    });
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await service.close();
  });

  it('tells of a refused request by its route, and how long it took', async () => {
    const answer = await service.inject('/event/1?refused');
    expect(lines).toEqual([
      {
        msg: 'request refused',
        request_id: answer.headers['x-request-id'],
        method: 'GET',
        route: '/event/:task_id',
        status: 404,
        duration_ms: expect.any(Number),
      },
    ]);
    expect(lines[0]?.['duration_ms']).toBeGreaterThan(28);
  });

  it('tells of no other at info', async () => {
    await service.inject('/event/1');
    expect(lines).toEqual([]);
  });
});
