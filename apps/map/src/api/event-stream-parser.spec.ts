import { describe, expect, it } from 'vitest';
import { EventStreamParser } from './event-stream-parser.js';

const STREAM =
  'retry: 2500\nid: 1.a\n\nevent: accepted\nid: 1.b\ndata: {"n":1}\n\n: heartbeat\nid: 1.c\n\nevent: located\nid: 1.d\ndata: {"n":\ndata: 2}\n\n';
const MESSAGES = [
  { name: 'accepted', data: '{"n":1}' },
  { name: 'located', data: '{"n":\n2}' },
];

describe('EventStreamParser', () => {
  it('reads what the service sends', () => {
    const parser = new EventStreamParser();
    expect(parser.push(STREAM)).toEqual(MESSAGES);
    expect([parser.lastEventId, parser.retryMs]).toEqual(['1.d', 2500]);
  });

  it.each([1, 2, 7, 40])('reads it in pieces of %i characters too', (length) => {
    const parser = new EventStreamParser();
    const pieces = STREAM.match(new RegExp(`[^]{1,${length}}`, 'g')) ?? [];
    expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(MESSAGES);
  });

  it('takes the id of a heartbeat, which makes no message', () => {
    const parser = new EventStreamParser();
    expect(parser.push(': heartbeat\nid: 9\n\n')).toEqual([]);
    expect(parser.lastEventId).toBe('9');
  });

  it('keeps what is not complete', () => {
    const parser = new EventStreamParser();
    expect(parser.push('data: x\r\n')).toEqual([]);
    expect(parser.push('\r\n')).toEqual([{ name: '', data: 'x' }]);
  });
});
