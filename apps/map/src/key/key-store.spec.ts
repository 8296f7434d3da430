import { afterEach, describe, expect, it, vi } from 'vitest';
import { KeyStore } from './key-store.js';

describe('the store of the key', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    Reflect.deleteProperty(globalThis, 'sessionStorage');
  });

  it('has it after a reload, until it is forgotten', () => {
    const items = new Map<string, string>();
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => items.set(name, value),
      removeItem: (name: string) => items.delete(name),
    });
    new KeyStore().keep('whence_a');
    const store = new KeyStore();
    expect(store.key).toBe('whence_a');
    store.forget();
    expect([store.key, new KeyStore().key]).toEqual([null, null]);
  });

  it('has it in memory where storage is forbidden', () => {
    Object.defineProperty(globalThis, 'sessionStorage', {
      configurable: true,
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    const store = new KeyStore();
    expect(store.key).toBeNull();
    store.keep('whence_a');
    expect(store.key).toBe('whence_a');
    store.forget();
    expect(store.key).toBeNull();
  });
});
