import { expect, it } from 'vitest';
import { Recent } from './recent.js';

it('knows what was added last, however much was added', () => {
  const recent = new Recent(100);
  for (let index = 0; index < 1_050; index++) {
    expect(recent.has(`${index}`)).toBe(false);
    recent.add(`${index}`);
    expect([recent.has(`${index}`), recent.has(`${Math.max(0, index - 99)}`)]).toEqual([true, true]);
  }
  expect(recent.has('849')).toBe(false);
});
