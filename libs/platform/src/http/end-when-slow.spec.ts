import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endWhenSlow } from './end-when-slow.js';

const LEAST = { bytes: 6_000, withinMs: 60_000 };
const LOOK_MS = LEAST.withinMs / 6;

describe('endWhenSlow', () => {
  const setTimeout = vi.fn();
  const socket = { bytesWritten: 0, writableLength: 0, setTimeout };
  let response: EventEmitter & { socket: typeof socket | null; writableLength: number; req: { socket: typeof socket } };
  let ends: number;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    write(0, 0);
    response = Object.assign(new EventEmitter(), { socket, writableLength: 0, req: { socket } });
    ends = 0;
    endWhenSlow(response as unknown as ServerResponse, LEAST, () => ends++);
  });

  afterEach(() => vi.useRealTimers());

  /** Bytes that were written in all, and how many of them nobody has taken. */
  const write = (bytesWritten: number, waiting: number) => {
    Object.assign(socket, { bytesWritten, writableLength: waiting });
    if (response !== undefined) response.writableLength = waiting;
  };

  /** From one look to the next, so many times; so much of what waits is taken in each. */
  const take = (bytesPerLook: number, looks: number) => {
    for (let look = 0; look < looks && ends === 0; look++) {
      const taken = socket.bytesWritten - socket.writableLength + bytesPerLook;
      write(taken + 60_000, 60_000);
      vi.advanceTimersByTime(LOOK_MS);
    }
  };

  it('lets no other limit end a connection on which nothing moves while events are sought', () => {
    expect(setTimeout).toHaveBeenLastCalledWith(0);
  });

  it('ends who takes nothing, after the time', () => {
    take(0, 5);
    expect(ends).toBe(0);
    take(0, 1);
    expect(ends).toBe(1);
  });

  it.each([
    [1, 1],
    [999, 1],
    [1_000, 0],
    [50_000, 0],
  ])('of who takes %i bytes in each sixth of the time ends %i', (bytesPerLook, expected) => {
    take(bytesPerLook, 60);
    expect(ends).toBe(expected);
  });

  it('ends who took much, when it has taken too little in the last so long', () => {
    take(1_000_000, 10);
    take(0, 5);
    expect(ends).toBe(0);
    take(0, 1);
    expect(ends).toBe(1);
  });

  it('lets take it in lumps', () => {
    for (let lump = 0; lump < 20; lump++) {
      take(6_000, 1);
      take(0, 5);
    }
    expect(ends).toBe(0);
  });

  it('lets wait who has taken everything, and counts the time anew from then', () => {
    take(0, 5);
    write(socket.bytesWritten, 0);
    vi.advanceTimersByTime(10 * LEAST.withinMs);
    take(0, 5);
    expect(ends).toBe(0);
    take(0, 1);
    expect(ends).toBe(1);
  });

  it('counts what the client takes of the answer before it on the connection', () => {
    response.socket = null;
    take(1_000_000, 60);
    take(0, 5);
    expect(ends).toBe(0);
    take(0, 1);
    expect(ends).toBe(1);
  });

  it('ends nothing that is over', () => {
    write(100_000, 60_000);
    response.emit('close');
    vi.advanceTimersByTime(10 * LEAST.withinMs);
    expect(ends).toBe(0);
  });
});
