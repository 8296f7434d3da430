import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer } from './announcer.js';

describe('Announcer', () => {
  let texts: string[];
  let announcer: Announcer;

  beforeEach(() => {
    vi.useFakeTimers();
    texts = [''];
    const place = {
      get textContent() {
        return texts.at(-1) ?? '';
      },
      set textContent(text: string) {
        texts.push(text);
      },
    };
    announcer = new Announcer(place as HTMLElement);
  });
  afterEach(() => void vi.useRealTimers());

  it('says the same again, as a change of its place', async () => {
    for (let times = 0; times < 2; times++) {
      announcer.say('1 event from 1 country');
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(texts).toEqual(['', '1 event from 1 country', '', '1 event from 1 country']);
  });

  it('says the last of what is said at once', async () => {
    announcer.say('one');
    announcer.say('other');
    await vi.advanceTimersByTimeAsync(1);
    expect(texts).toEqual(['', 'other']);
  });

  it('says now and then how much has come, where any has', async () => {
    announcer.count(2, 1);
    announcer.count(1, 1);
    await vi.advanceTimersByTimeAsync(30_001);
    expect(texts.at(-1)).toBe('3 new events, 2 located.');
    const { length } = texts;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(texts).toHaveLength(length);
  });
});
