import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endWhenStalled } from './end-when-stalled.js';

const LONGEST_MS = 60_000;

describe('endWhenStalled', () => {
  const socket = { bytesWritten: 0, writableLength: 0 };
  let response: EventEmitter & { socket: typeof socket | null; writableLength: number };
  let ends: number;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    response = Object.assign(new EventEmitter(), { socket, writableLength: 0 });
    ends = 0;
    endWhenStalled(response as unknown as ServerResponse, LONGEST_MS, () => ends++);
  });

  afterEach(() => vi.useRealTimers());

  /** Bytes that were written in all, and how many of them nobody has taken. */
  const write = (bytesWritten: number, waiting: number) => {
    Object.assign(socket, { bytesWritten, writableLength: waiting });
    response.writableLength = waiting;
  };

  it('ends who takes nothing', () => {
    write(100_000, 60_000);
    vi.advanceTimersByTime(LONGEST_MS);
    expect(ends).toBe(0);
    vi.advanceTimersByTime(LONGEST_MS / 5);
    expect(ends).toBe(1);
  });

  it('ends who takes nothing though more is written', () => {
    for (let bytes = 100_000; ends === 0 && bytes < 200_000; bytes += 10_000) {
      write(bytes, bytes - 40_000);
      vi.advanceTimersByTime(LONGEST_MS / 5);
    }
    expect(ends).toBe(1);
  });

  it('lets go on who takes a little', () => {
    for (let taken = 0; taken < 20; taken++) {
      write(100_000, 60_000 - taken);
      vi.advanceTimersByTime(LONGEST_MS * 0.8);
    }
    expect(ends).toBe(0);
  });

  it('lets wait who has taken everything', () => {
    write(100_000, 0);
    vi.advanceTimersByTime(10 * LONGEST_MS);
    expect(ends).toBe(0);
  });

  it('ends nothing that is over', () => {
    write(100_000, 60_000);
    response.emit('close');
    vi.advanceTimersByTime(10 * LONGEST_MS);
    expect(ends).toBe(0);
  });
});
