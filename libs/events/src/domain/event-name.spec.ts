import { describe, expect, it } from 'vitest';
import { eventNameFault } from './event-name.js';

describe('eventNameFault', () => {
  it.each([
    ['one character', 'x'],
    ['120 characters', 'x'.repeat(120)],
    ['120 emoji, each of two code units', '😀'.repeat(120)],
    ['blanks around a word', '  x  '],
    ['line breaks within', 'first\nsecond'],
    ['any script', 'Сервер 停止 é'],
  ])('allows %s', (_what, name) => {
    expect(eventNameFault(name)).toBeNull();
  });

  it.each([
    ['121 characters', 'x'.repeat(121), 'found 121'],
    ['121 emoji', '😀'.repeat(121), 'found 121'],
    // A family is one sign to the eye, and seven code points.
    ['what is longer in code points than it looks', '👨‍👩‍👧‍👦'.repeat(18), 'found 126'],
    ['nothing', '', 'not only blanks'],
    ['blanks', ' \t\n', 'not only blanks'],
    ['blanks of other scripts', '\u00a0\u3000\u2003\u2028', 'not only blanks'],
    ['a byte order mark and a next line', '\ufeff\u0085', 'not only blanks'],
    ['a high surrogate alone', 'x\ud83d', 'half of a surrogate pair'],
    ['a low surrogate alone', '\ude00x', 'half of a surrogate pair'],
    ['surrogates in the wrong order', '\ude00\ud83d', 'half of a surrogate pair'],
    // SQLite's driver would give back what stands before it, and nothing of the rest.
    ['a NUL character', 'a\0b', 'NUL'],
  ])('refuses %s', (_what, name, message) => {
    expect(eventNameFault(name)).toContain(message);
  });

  it.each([7, true, null, undefined, ['x'], { name: 'x' }])('refuses %o, which is no text', (value) => {
    expect(eventNameFault(value)).toBe('expected text of 1 to 120 characters');
  });
});
