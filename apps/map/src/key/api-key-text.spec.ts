import { describe, expect, it } from 'vitest';
import { keyTextFault } from './api-key-text.js';

describe('the text of an API key', () => {
  it.each(['whence_0123456789ab_AZaz09-_', 'hunter2'])('may be %s', (text) => {
    expect(keyTextFault(text)).toBeNull();
  });

  it.each(['pass wörd', 'ключ', 'whence_…', 'a b', 'a\nb', '“quoted”', ''])('cannot be %j', (text) => {
    expect(keyTextFault(text)).toContain('This is no API key');
  });
});
