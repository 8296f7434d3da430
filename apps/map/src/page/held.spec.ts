import { describe, expect, it } from 'vitest';
import { Held } from './held.js';

describe('Held', () => {
  it('shows nothing new while it is paused, and then the latest of each', () => {
    const [held, shown] = [new Held(), [] as string[]];
    const show = (what: string, text: string) => held.show(what, () => shown.push(text));
    show('counts', 'one');
    held.isPaused = true;
    for (const text of ['two', 'three']) show('counts', text);
    show('lookups', 'first');
    show('lookups', 'second');
    expect(shown).toEqual(['one', 'first']);
    held.isPaused = false;
    expect(shown).toEqual(['one', 'first', 'three', 'second']);
    held.isPaused = true;
    held.isPaused = false;
    expect(shown).toHaveLength(4);
  });

  it('keeps nothing of what is looked at no more', () => {
    const [held, shown] = [new Held(), [] as string[]];
    held.show('counts', () => shown.push('old'));
    held.isPaused = true;
    held.show('counts', () => shown.push('kept'));
    held.beginAnew();
    held.show('counts', () => shown.push('new'));
    held.isPaused = false;
    expect(shown).toEqual(['old', 'new']);
  });
});
