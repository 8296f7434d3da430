import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError, unreachable } from '../api/api-error.js';
import { Troubles } from './troubles.js';

const FULL = new ApiError(503, 'too_many_requests', 'Too many are read just now.');
const AWAY = unreachable();

describe('Troubles', () => {
  let shown: string;
  let over: number;
  let troubles: Troubles;
  const soon = () => Date.now() + 60_000;

  beforeEach(() => {
    [shown, over] = ['', 0];
    const place = { show: ({ message }: ApiError) => void (shown = message), hide: () => void (shown = '') };
    troubles = new Troubles(place, () => void over++);
  });

  it('are shown by the first, until it is over', () => {
    troubles.begin('list', FULL, soon());
    troubles.begin('counts', AWAY, soon());
    expect(shown).toBe(FULL.message);
    troubles.end('list');
    expect([shown, over]).toEqual([AWAY.message, 0]);
    troubles.end('counts');
    troubles.end('counts');
    expect([shown, over]).toEqual(['', 1]);
  });

  it('are shown by one that is tried again by itself, before what was asked for by hand', () => {
    troubles.begin('asked', FULL, Date.now());
    expect(shown).toBe(FULL.message);
    troubles.begin('stream', AWAY, soon());
    expect(shown).toBe(AWAY.message);
    troubles.end('stream');
    expect([shown, over, troubles.has('asked')]).toEqual([FULL.message, 0, true]);
  });

  it('are not over where nobody wants any more what does not work', () => {
    troubles.begin('asked', FULL, Date.now());
    troubles.drop('asked');
    expect([shown, over]).toEqual(['', 0]);
  });
});
