import { describe, expect, it } from 'vitest';
import { strictDouble } from './strict-double.js';

interface Door {
  readonly isOpen: boolean;
  open(): string;
  close(): void;
}

describe('strictDouble', () => {
  it('does what is stubbed', () => {
    expect(strictDouble<Door>('Door', { open: () => 'squeaks' }).open()).toBe('squeaks');
  });

  it('fails on what is not stubbed, naming it', () => {
    const door = strictDouble<Door>('Door', { open: () => 'squeaks' });
    expect(() => door.close()).toThrow('unexpected use of Door.close');
    expect(() => door.isOpen).toThrow('unexpected use of Door.isOpen');
  });

  it('can be returned from an asynchronous function', async () => {
    const door = strictDouble<Door>('Door', { isOpen: true });
    expect((await Promise.resolve(door)).isOpen).toBe(true);
  });
});
