import { beforeEach, describe, expect, it } from 'vitest';
import { beginChild, type Span, traceparentOf } from '#libs/platform';
import { RecordedSpans } from '../../../platform/src/testing/recorded-spans.js';
import { announcedBy, askTraced, withEvent } from './announcement.js';

const REQUEST = { key: '81.2.69.142', address: '81.2.69.142', events: 1 };

describe('an announcement', () => {
  it('of a request that is not traced says nothing of traces', () => {
    expect(announcedBy(REQUEST, undefined)).toBe(REQUEST);
    expect(withEvent(REQUEST, undefined)).toEqual({ ...REQUEST, events: 2 });
  });

  describe('of requests that are traced', () => {
    let recorded: RecordedSpans;
    let requests: Span[];

    beforeEach(() => {
      recorded = new RecordedSpans();
      requests = ['first', 'second', 'third'].map((name) => recorded.request(name));
      for (const request of requests) request.end();
    });

    it('is told in the trace of the first of them, and the lookup is for the others as well', () => {
      const [first, second, third] = requests;
      const announced = withEvent(withEvent(withEvent(announcedBy(REQUEST, first), undefined), second), third);
      expect(announced).toMatchObject({ ...REQUEST, events: 4 });
      expect(announced.traces).toEqual([announced.span, second, third].map(traceparentOf));
      announced.span?.end();
      expect(recorded.ended.at(-1)).toMatchObject({ name: 'lookup.request', parent: 'first' });
    });

    it('is told in the trace of the first that has one', () => {
      const announced = withEvent(announcedBy(REQUEST, undefined), requests[1]);
      expect(announced.events).toBe(2);
      announced.span?.end();
      expect(recorded.ended.at(-1)).toMatchObject({ name: 'lookup.request', parent: 'second' });
    });

    it('knows a few of very many, and the first of them', () => {
      let announced = announcedBy(REQUEST, requests[0]);
      for (let count = 0; count < 100; count++) announced = withEvent(announced, recorded.request());
      expect([announced.events, announced.traces?.length]).toEqual([101, 8]);
      expect(announced.traces?.[0]).toBe(traceparentOf(announced.span));
    });

    it('ends when the queue has it, or cannot have it; what is done for many is told in the first trace', async () => {
      const announced = requests.map((request, index) => announcedBy({ ...REQUEST, key: `k${index}` }, request));
      await askTraced([REQUEST, ...announced], async () => beginChild('SELECT')?.end());
      expect(recorded.ended.slice(3).map(({ name, parent, links }) => [name, parent, ...links])).toEqual([
        ['SELECT', 'lookup.request'],
        ['lookup.request', 'first'],
        ['lookup.request', 'second', 'lookup.request'],
        ['lookup.request', 'third', 'lookup.request'],
      ]);
      const failure = new Error('Redis is away');
      const failing = askTraced([announcedBy(REQUEST, requests[0])], () => Promise.reject(failure));
      await expect(failing).rejects.toBe(failure);
      expect(recorded.ended.at(-1)).toMatchObject({ name: 'lookup.request', isFailed: true });
    });
  });
});
