import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordedSpans } from '../testing/recorded-spans.js';
import { activeSpan, beginChild, traceFields } from '../tracing/tracing.js';
import { traceRequests } from './trace-requests.js';

const REMOTE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** A service whose answers tell of the trace that they are made in. */
function serviceOf(): FastifyInstance {
  const service = fastify();
  traceRequests(service);
  service.addHook('onRequest', (_request, _reply, done) => {
    beginChild('early')?.end();
    done();
  });
  service.get('/event/:id', async () => traceFields());
  service.post('/event', async () => traceFields());
  service.get('/fails', async () => {
    throw new Error('it is 81.2.69.142’s fault');
  });
  service.get('/probe', { config: { isTraced: false } }, async () => ({ isTraced: activeSpan() !== undefined }));
  return service;
}

/** A body that comes after its headers, and not at once: what reads it is run by the connection. */
async function* inParts(): AsyncGenerator<Uint8Array> {
  for (const part of ['{"name":', '"secret"}']) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield new TextEncoder().encode(part);
  }
}

describe('traceRequests', () => {
  let recorded: RecordedSpans;
  let service: FastifyInstance;

  beforeEach(() => {
    recorded = new RecordedSpans();
    service = serviceOf();
  });

  afterEach(() => service.close());

  const requests = () => recorded.ended.filter(({ name }) => name !== 'early');

  it('tells of a request by its route, and of what is done for it before and after its body is read', async () => {
    const url = await service.listen({ host: '127.0.0.1', port: 0 });
    const json = { 'content-type': 'application/json' };
    const answers = [
      await fetch(`${url}/event/019a?name=secret`),
      await fetch(`${url}/event`, { method: 'POST', headers: json, body: inParts(), duplex: 'half' }),
    ];
    for (const answer of answers)
      expect(await answer.json()).toEqual({ trace_id: expect.any(String), span_id: expect.any(String) });
    expect(recorded.ended.map(({ name, parent }) => [name, parent])).toEqual([
      ['early', 'GET /event/:id'],
      ['GET /event/:id', null],
      ['early', 'POST /event'],
      ['POST /event', null],
    ]);
    expect(requests().map(({ attributes }) => attributes)).toEqual([
      { 'http.request.method': 'GET', 'http.route': '/event/:id', 'http.response.status_code': 200 },
      { 'http.request.method': 'POST', 'http.route': '/event', 'http.response.status_code': 200 },
    ]);
  });

  it('goes on with the trace that the client names', async () => {
    const headers = { traceparent: `00-${REMOTE.traceId}-${REMOTE.spanId}-01`, tracestate: 'vendor=secret' };
    const answer = await service.inject({ url: '/event/1', headers });
    expect(answer.json()).toMatchObject({ trace_id: REMOTE.traceId });
  });

  it('takes what is refused for done, and what fails for failed, without a word of why', async () => {
    await service.inject('/nowhere/81.2.69.142');
    await service.inject({
      method: 'POST',
      url: '/event',
      headers: { 'content-type': 'application/json' },
      payload: '{',
    });
    await service.inject('/fails');
    await service.inject({ method: 'PROPFIND', url: '/event' });
    expect(requests().map(({ name, isFailed, attributes }) => [name, isFailed, attributes['error.type']])).toEqual([
      ['GET', false, undefined],
      ['POST /event', false, undefined],
      ['GET /fails', true, '500'],
      ['other', false, undefined],
    ]);
    expect(JSON.stringify(recorded.ended)).not.toContain('81.2.69.142');
  });

  it('leaves out routes that are not to be traced', async () => {
    expect((await service.inject('/probe')).json()).toEqual({ isTraced: false });
    expect(recorded.ended).toEqual([]);
  });
});

it('a service that does not trace has no hooks for it', async () => {
  const service = serviceOf();
  expect((await service.inject({ method: 'POST', url: '/event', payload: {} })).json()).toEqual({});
  expect(service.hasRequestDecorator('span')).toBe(false);
});
