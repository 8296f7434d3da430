import { describe, expect, it } from 'vitest';
import { despiteDeadlocks } from './despite-deadlocks.js';

describe('despiteDeadlocks', () => {
  /** A statement that fails so often with the code. */
  function failing(times: number, code: string) {
    let attempts = 0;
    return async () => {
      if (++attempts <= times) throw Object.assign(new Error(code), { code });
      return attempts;
    };
  }

  it('runs a statement again that met a deadlock', async () => {
    expect(await despiteDeadlocks(failing(4, 'ER_LOCK_DEADLOCK'))).toBe(5);
  });

  it('gives up after five', async () => {
    await expect(despiteDeadlocks(failing(5, 'ER_LOCK_DEADLOCK'))).rejects.toThrow('ER_LOCK_DEADLOCK');
  });

  it('runs none again that failed otherwise', async () => {
    await expect(despiteDeadlocks(failing(1, 'ER_DUP_ENTRY'))).rejects.toThrow('ER_DUP_ENTRY');
  });
});
