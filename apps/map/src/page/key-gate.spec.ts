import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../api/api-error.js';
import { KeyGate } from './key-gate.js';

const REFUSED = new ApiError(401, 'unauthenticated', 'The API key is unknown.');

describe('KeyGate', () => {
  let asked: string[];
  let store: { key: string | null; keep: (key: string) => void };
  let gate: KeyGate;

  beforeEach(() => {
    asked = [];
    store = { key: null, keep: (key) => void (store.key = key) };
    gate = new KeyGate(store, { ask: (why) => asked.push(why) });
  });

  it('asks once, however often the API wants a key', () => {
    gate.ask(REFUSED);
    gate.ask(REFUSED);
    expect(asked).toEqual(['']);
  });

  it('asks again, and says why, where the key that was entered is refused', () => {
    gate.ask(REFUSED);
    gate.enter('whence_a');
    gate.ask(REFUSED);
    gate.ask(REFUSED);
    expect([asked, store.key]).toEqual([['', 'The API key is unknown.'], 'whence_a']);
  });
});
