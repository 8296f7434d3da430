import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BREAKAGES, editsOf } from './breakage-list.mjs';

describe('the deliberate breakages', () => {
  it.each(BREAKAGES)('can still be made: $broken', (breakage) => {
    for (const { file, find } of editsOf(breakage)) {
      const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      expect(source.split(find)).toHaveLength(2);
    }
  });
});
