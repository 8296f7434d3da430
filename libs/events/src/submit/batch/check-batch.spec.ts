import { describe, expect, it } from 'vitest';
import { BrokenLine, PlatformError } from '#libs/platform';
import { checkBatch } from './check-batch.js';

function refusalOf(events: unknown[]): PlatformError {
  try {
    checkBatch(events);
  } catch (error) {
    if (error instanceof PlatformError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('checkBatch', () => {
  it('reads each event as if it had come alone, in their order', () => {
    expect(
      checkBatch([
        { name: 'x', status_code: '2' },
        { status_code: -7, attributes: { a: 1 } },
      ]),
    ).toEqual([
      { name: 'x', statusCode: 2, occurredAtMs: null, attributes: {} },
      { name: null, statusCode: -7, occurredAtMs: null, attributes: { a: 1 } },
    ]);
  });

  it('names each fault with the index of its event', () => {
    const { code, message, details } = refusalOf([{ name: 'x' }, { name: '' }, null, new BrokenLine('line 9: no')]);
    expect([code, message]).toEqual([
      'validation_failed',
      'Nothing is stored: 3 of 4 events are not valid, faults: 3.',
    ]);
    expect(details.errors).toEqual([
      { index: 1, field: 'name', message: expect.stringContaining('expected text') },
      { index: 2, field: 'events', message: 'expected a JSON object' },
      { index: 3, field: 'events', message: 'line 9: no' },
    ]);
  });

  it('lists a hundred faults and tells how many there are', () => {
    const { message, details } = refusalOf(Array(5_000).fill({}));
    expect(details.errors).toHaveLength(100);
    expect(details.errors?.at(-1)).toMatchObject({ index: 49, field: 'status_code' });
    expect(message).toContain('5000 of 5000 events are not valid, faults: 10000; errors lists the first 100.');
  });
});
