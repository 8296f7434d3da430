import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeGeoIpApi, IN_LONDON } from '../support/fake-geo-ip-api.js';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { traceTree } from '../support/trace-tree.js';
import { WhenceProcess } from '../support/whence-process.js';
import { HttpClient } from './http-client.js';
import { runCli } from './run-cli.js';
import { storeSettings, WAYS_TO_RUN, type WayToRun } from './ways-to-run.js';

const ADDRESS = '81.2.69.142';
const OTHER_ADDRESS = '133.11.93.77';
const PATIENT = { timeoutMs: 20_000 };
/** So that a test need not wait for five seconds. */
const SOON = { OTEL_BSP_SCHEDULE_DELAY: '100' };
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

const FROM_CALLER = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` };

interface World {
  readonly collector: OtlpReceiver;
  readonly api: FakeGeoIpApi;
  readonly settings: Record<string, string>;
}

async function open(way: WayToRun): Promise<World> {
  const api = await FakeGeoIpApi.start({ [ADDRESS]: IN_LONDON, [OTHER_ADDRESS]: { status: 404 } });
  const collector = await OtlpReceiver.start();
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...SOON };
  return { collector, api, settings: { ...(await storeSettings(way)), GEOIP_URL: api.urlTemplate, ...traced } };
}

/** Submits an event on a connection of its own: a kept one would be waited for at the stop. */
const submit = (whence: WhenceProcess, headers: Record<string, string> = {}, name = 'EC2 Instance Offline') =>
  new HttpClient(whence.url).send({
    method: 'POST',
    path: '/event/submit/',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': ADDRESS, ...headers },
    body: JSON.stringify({ name, status_code: 2, attributes: { 'rack-key-3': 'attribute-77' } }),
  });

const namesIn = (spans: readonly ReceivedSpan[]) => spans.map(({ name }) => name);

/** Waits until the collector has a span of the name, of a certain trace if need be. */
async function untilTold(collector: OtlpReceiver, name: string, traceId?: string): Promise<void> {
  const spans = () => (traceId === undefined ? collector.spans : collector.trace(traceId));
  await eventually(() => expect(namesIn(spans())).toContain(name), PATIENT);
}

/** Each span with its parent, by their names. */
function parentsIn(spans: readonly ReceivedSpan[]): string[] {
  const nameOf = (id: string) => spans.find(({ spanId }) => spanId === id)?.name ?? '-';
  return spans.map(({ service, kind, name, parentSpanId }) => `${service} ${kind}: ${nameOf(parentSpanId)} > ${name}`);
}

describe('a trace', () => {
  it('leads from the POST in one process to the lookup in another', async () => {
    const { collector, settings } = await open('production');
    const worker = await WhenceProcess.start({ ...settings, ROLE: 'worker' });
    const api = await WhenceProcess.start({ ...settings, ROLE: 'api' });
    // The first lookup waits for the budget, which a start takes for used up.
    expect((await submit(api, { 'x-forwarded-for': OTHER_ADDRESS })).status).toBe(202);
    await untilTold(collector, 'lookup');
    expect((await submit(api, FROM_CALLER)).status).toBe(202);
    await untilTold(collector, 'lookup', CALLER.traceId);
    await Promise.all([worker.kill(), api.kill()]);

    const trace = collector.trace(CALLER.traceId);
    console.log(`${traceTree(trace)}\n`);
    expect(parentsIn(trace)).toEqual(
      expect.arrayContaining([
        'whence-api server: - > POST /event/submit',
        'whence-api internal: POST /event/submit > event.store',
        'whence-api client: event.store > SELECT location',
        'whence-api client: event.store > INSERT event',
        'whence-api producer: POST /event/submit > lookup.request',
        'whence-worker consumer: lookup.request > lookup',
        'whence-worker internal: lookup > lookup.permit',
        'whence-worker client: lookup > GET geolocation',
        'whence-worker client: lookup > INSERT location',
        'whence-worker client: lookup > UPDATE event',
      ]),
    );
    expect(trace.filter(({ isFailed }) => isFailed)).toEqual([]);
  });

  it.each(WAYS_TO_RUN)('%s, holds what is submitted and fetched nowhere, and no key', async (way) => {
    const { collector, settings } = await open(way);
    const keyed = { ...settings, AUTH: 'required' };
    const whence = await WhenceProcess.start(keyed);
    const made = await runCli(['keys', 'create', '--name', 'key-name-5', '--scopes', 'admin', '--json'], keyed);
    const { key, id } = JSON.parse(made.stdout) as { key: string; id: string };
    const headers = {
      'x-api-key': key,
      'idempotency-key': 'idempotency-31',
      'x-request-id': 'request-id-64',
      ...FROM_CALLER,
      tracestate: 'vendor=state-12',
      baggage: 'user=baggage-9',
    };
    const answers = [
      await submit(whence, headers, 'event-name-41'),
      await submit(whence, headers, 'event-name-42'),
      await submit(whence, { ...headers, 'x-forwarded-for': OTHER_ADDRESS, 'idempotency-key': 'idempotency-32' }),
      await submit(whence, { 'x-api-key': 'whence_wrong-key-8' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 422, 202, 401]);
    const { data } = JSON.parse(answers[0]?.text ?? '') as { data: { task_id: string } };
    const client = new HttpClient(whence.url);
    for (const path of [
      `/event/${data.task_id}/`,
      `/event/?name=event-name-41&source_ip=${ADDRESS}`,
      '/event/stats/?by=name&city=London',
      '/event/export/?name_prefix=event-name',
      `/nowhere/${ADDRESS}`,
    ])
      await client.send({ method: 'GET', path, headers });
    await untilTold(collector, 'GET geolocation', CALLER.traceId);
    await whence.kill();

    const mine = collector.trace(CALLER.traceId);
    expect(mine.find(({ name }) => name === 'POST /event/submit')?.parentSpanId).toBe(CALLER.spanId);
    expect(namesIn(mine)).toEqual(expect.arrayContaining(['idempotency.reserve', 'lookup', 'GET']));
    const secrets = [
      ADDRESS,
      OTHER_ADDRESS,
      key,
      id,
      data.task_id,
      'London',
      'event-name',
      'attribute-77',
      'rack-key-3',
      'key-name-5',
    ];
    const headersSent = ['idempotency-3', 'request-id-64', 'state-12', 'baggage-9', 'wrong-key-8'];
    expect([...secrets, ...headersSent].filter((secret) => collector.text.includes(secret))).toEqual([]);
  });

  it('of a request is told in its log lines', async () => {
    const { settings } = await open('embedded');
    const whence = await WhenceProcess.start({ ...settings, LOG_LEVEL: 'debug' });
    await submit(whence, FROM_CALLER);
    const answered = () => whence.logLines().find(({ msg, method }) => msg === 'request answered' && method === 'POST');
    expect(await eventually(() => answered() ?? expect.fail('not logged yet'))).toMatchObject({
      trace_id: CALLER.traceId,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });
});

describe('the collector', () => {
  it.each([
    ['refuses all', 400],
    ['fails', 503],
    ['never answers', null],
  ])('that %s costs nobody a request, and lets the service stop', async (_what, status) => {
    const { collector, settings } = await open('embedded');
    collector.answerWith(status);
    const whence = await WhenceProcess.start({
      ...settings,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      SHUTDOWN_GRACE_MS: '20000',
    });
    const client = new HttpClient(whence.url);
    const ids = await Promise.all(Array.from({ length: 50 }, () => client.submit({ name: 'x' }, ADDRESS)));
    await eventually(async () => {
      const events = await Promise.all(ids.map((taskId) => client.event(taskId)));
      expect(events.every((event) => event.location_status === 'located')).toBe(true);
    }, PATIENT);
    const complaints = () => whence.logLines().filter(({ context }) => context === 'Tracing');
    await eventually(() => {
      expect(collector.requests.length).toBeGreaterThan(2);
      expect(complaints()).toHaveLength(1);
    }, PATIENT);
    expect(complaints()).toMatchObject([
      { level: 'warn', msg: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT'), reason: expect.any(String) },
    ]);
    expect(await whence.kill()).toEqual({ code: 0, signal: null });
    expect(whence.lines.join('\n')).not.toContain('not everything ended within the grace time');
  });

  it('that is not there at all neither', async () => {
    const { settings } = await open('embedded');
    const whence = await WhenceProcess.start({ ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect((await submit(whence)).status).toBe(202);
    expect(await whence.kill()).toEqual({ code: 0, signal: null });
  });

  it('gets what is left at the stop', async () => {
    const { collector, settings } = await open('embedded');
    const whence = await WhenceProcess.start({ ...settings, OTEL_BSP_SCHEDULE_DELAY: '600000' });
    expect((await submit(whence)).status).toBe(202);
    expect(collector.spans).toEqual([]);
    await whence.kill();
    expect(namesIn(collector.spans)).toContain('POST /event/submit');
  });

  it('gets what the variables of OpenTelemetry say', async () => {
    const { collector, settings } = await open('embedded');
    const whence = await WhenceProcess.start({
      ...settings,
      OTEL_SERVICE_NAME: 'events',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    });
    await submit(whence);
    await submit(whence, FROM_CALLER);
    await whence.kill();
    expect(new Set(collector.spans.map(({ service, traceId }) => `${service} ${traceId}`))).toEqual(
      new Set([`events ${CALLER.traceId}`]),
    );
    expect(collector.requests[0]?.headers.authorization).toBe('Basic abc');
  });

  it('is asked nothing where it is not named', async () => {
    const { collector, settings } = await open('embedded');
    const whence = await WhenceProcess.start({
      ...settings,
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
    });
    await submit(whence);
    await whence.kill();
    expect(collector.requests).toEqual([]);
  });
});
