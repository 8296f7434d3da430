import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RecordedSpans } from '../testing/recorded-spans.js';
import {
  activeSpan,
  beginChild,
  beginSpan,
  during,
  endWith,
  failSpan,
  forAll,
  isTracing,
  traceFields,
  traceparentOf,
  withActive,
} from './tracing.js';

const REMOTE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SAMPLED = `00-${REMOTE.traceId}-${REMOTE.spanId}-01`;

describe('a process that does not trace', () => {
  it('has no spans, and does all work as it is', async () => {
    const result = Promise.resolve(7);
    expect([isTracing(), activeSpan(), beginSpan('a', {}), beginChild('a')]).toEqual([
      false,
      ...Array(3).fill(undefined),
    ]);
    expect(during(undefined, () => result)).toBe(result);
    expect(endWith(undefined, result)).toBe(result);
    expect([forAll([{}], () => 1), withActive(undefined, () => 2)]).toEqual([1, 2]);
    expect([traceparentOf(undefined), traceFields()]).toEqual([undefined, {}]);
    failSpan(undefined, new Error('no'));
  });
});

describe('spans', () => {
  it('are parts of the one that is active when they begin, along promises and callbacks', async () => {
    const recorded = new RecordedSpans();
    await recorded.during('request', async () => {
      await nextTurn();
      await during(beginChild('outer'), async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        beginChild('inner')?.end();
      });
    });
    expect(recorded.ended.map(({ name, parent }) => [name, parent])).toEqual([
      ['inner', 'outer'],
      ['outer', 'request'],
      ['request', null],
    ]);
  });

  it('are parts of nothing that has ended, unless they are told so', async () => {
    const recorded = new RecordedSpans();
    let ended = () => {};
    const left = new Promise<void>((resolve) => (ended = resolve));
    const request = recorded.request();
    const later = withActive(request, () => left.then(() => [activeSpan(), beginChild('stray'), traceFields()]));
    request.end();
    ended();
    expect(await later).toEqual([undefined, undefined, {}]);
    beginSpan('announced', { within: request })?.end();
    expect(recorded.ended.map(({ name, parent }) => [name, parent])).toEqual([
      ['request', null],
      ['announced', 'request'],
    ]);
  });

  it('go on with the trace of another process', () => {
    new RecordedSpans();
    const span = beginSpan('here', { within: SAMPLED });
    expect(traceparentOf(span)).toMatch(new RegExp(`^00-${REMOTE.traceId}-(?!${REMOTE.spanId})[0-9a-f]{16}-01$`));
    expect(span?.spanContext().traceState).toBeUndefined();
  });

  it.each(['', 'x', `00-${'0'.repeat(32)}-${REMOTE.spanId}-01`, `${SAMPLED}-more`, `${SAMPLED}, ${SAMPLED}`])(
    'begin a trace where "%s" is no traceparent',
    (text) => {
      new RecordedSpans();
      const traceId = beginSpan('here', { within: text })?.spanContext().traceId;
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(traceId).not.toBe(REMOTE.traceId);
    },
  );

  it('record nothing and are told to nobody where the caller is not sampled', async () => {
    const recorded = new RecordedSpans();
    const span = beginSpan('here', { within: `00-${REMOTE.traceId}-${REMOTE.spanId}-00` });
    expect([traceparentOf(span), withActive(span, activeSpan), withActive(span, () => beginChild('a'))]).toEqual(
      Array(3).fill(undefined),
    );
    await during(span, async () => {});
    expect(recorded.ended).toEqual([]);
  });

  it('fail with what they tell of, in a word', async () => {
    const recorded = new RecordedSpans();
    const code = Object.assign(new Error('connect to 81.2.69.142'), { code: 'ECONNREFUSED' });
    const odd = Object.assign(new RangeError('81.2.69.142'), { code: 'by 81.2.69.142' });
    for (const error of [code, odd, 'late', 7]) {
      const failing = during(beginSpan('work', {}), () => Promise.reject(error as Error));
      await expect(failing).rejects.toBe(error);
    }
    expect(recorded.ended.map(({ isFailed, attributes }) => [isFailed, attributes])).toEqual(
      ['ECONNREFUSED', 'RangeError', 'late', 'unknown'].map((type) => [true, { 'error.type': type }]),
    );
  });

  it('name the trace in log lines', () => {
    const recorded = new RecordedSpans();
    const span = recorded.request();
    const { traceId, spanId } = span.spanContext();
    expect(withActive(span, traceFields)).toEqual({ trace_id: traceId, span_id: spanId });
  });
});

describe('work that serves many', () => {
  it('is told in the trace of the first, to which the others are linked', async () => {
    const recorded = new RecordedSpans();
    const served = ['first', 'second', 'third'].map((name) => ({ span: recorded.request(name) }));
    await forAll([{}, ...served], async () => beginChild('work')?.end());
    for (const { span } of served) span.end();
    expect(recorded.ended.map(({ name, parent, links }) => [name, parent, links])).toEqual([
      ['work', 'first', []],
      ['first', null, []],
      ['second', null, ['first']],
      ['third', null, ['first']],
    ]);
  });

  it('is a part of nothing where none of them is traced, whoever starts it', () => {
    const recorded = new RecordedSpans();
    withActive(recorded.request('another'), () => forAll([{}, {}], () => expect(beginChild('work')).toBeUndefined()));
  });
});
