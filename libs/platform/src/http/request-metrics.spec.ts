import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../metrics/metrics.js';
import { ManualClock } from '../testing/manual-clock.js';
import { measureRequests } from './request-metrics.js';

const COUNT = 'whence_http_request_duration_seconds_count';

describe('measureRequests', () => {
  let service: FastifyInstance;
  let metrics: Metrics;

  beforeEach(() => {
    service = fastify();
    metrics = new Metrics(new ManualClock());
    measureRequests(service, metrics);
    service.addHook('onRequest', (request, _reply, done) => {
      done(
        request.headers['x-refused'] === undefined ? undefined : Object.assign(new Error('no'), { statusCode: 401 }),
      );
    });
    service.get('/event/:task_id', () => 'ok');
    service.route({
      url: '/event/:task_id',
      method: ['PUT', 'PATCH'],
      handler: (_request, reply) => reply.status(405).send(),
    });
  });

  afterEach(() => service.close());

  /** The samples with a name like that, without the name. */
  const samples = async (name: string) =>
    (await metrics.text())
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`))
      .map((line) => line.slice(name.length));

  it('counts requests by the route as it is declared, and by status', async () => {
    await service.inject('/event/1?a=b');
    await service.inject('/event/2');
    await service.inject({ url: '/event/2', headers: { 'x-refused': '1' } });
    await service.inject({ url: '/event/2', method: 'HEAD' });
    expect(await samples(COUNT)).toEqual([
      '{method="GET",route="/event/:task_id",status="200"} 2',
      '{method="GET",route="/event/:task_id",status="401"} 1',
      '{method="HEAD",route="/event/:task_id",status="200"} 1',
    ]);
  });

  it('has one route for all paths that there are not, and one method for all others', async () => {
    for (const url of ['/a', '/b', '/c?d']) await service.inject(url);
    for (const method of ['PUT', 'PATCH'] as const) await service.inject({ url: '/event/1', method });
    expect(await samples(COUNT)).toEqual([
      '{method="GET",route="none",status="404"} 3',
      '{method="other",route="/event/:task_id",status="405"} 2',
    ]);
  });

  it('measures up to the answer', async () => {
    service.get('/slow', async () => new Promise((resolve) => setTimeout(() => resolve('ok'), 30)));
    await service.inject('/slow');
    const [sum] = await samples('whence_http_request_duration_seconds_sum');
    expect(Number(sum?.split(' ')[1])).toBeGreaterThan(0.028);
  });
});
