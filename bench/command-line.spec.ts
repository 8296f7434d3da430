import { describe, expect, it } from 'vitest';
import { readCommandLine, UsageError } from './command-line.js';

describe('readCommandLine', () => {
  it('reads the benchmark, its parts and how long to measure', () => {
    expect(readCommandLine(['submit', 'batch', '--rounds', '3', 'idle', '--seconds=2'])).toEqual({
      name: 'submit',
      parts: ['batch', 'idle'],
      options: { rounds: 3, seconds: 2 },
    });
    expect(readCommandLine([])).toEqual({ name: '', parts: [], options: {} });
  });

  it.each([['--rounds', '0'], ['--seconds', 'x'], ['--seconds'], ['--duration', '3']])('refuses %s %s', (...wrong) => {
    expect(() => readCommandLine(['submit', ...wrong])).toThrow(UsageError);
  });
});
