import { describe, expect, it } from 'vitest';
import { epochMs } from './epoch-ms.js';

describe('epochMs', () => {
  it.each([
    ['1795000000123', 1_795_000_000_123],
    [1_795_000_000_123, 1_795_000_000_123],
    ['-1', -1],
    ['0', 0],
    [null, null],
  ])('reads %o as %o, since mysql2 hands BIGINT out as text', (stored, expected) => {
    expect(epochMs.from(stored)).toBe(expected);
  });
});
