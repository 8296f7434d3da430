import { describe, expect, it } from 'vitest';
import { submissionOf } from './written-event.js';

describe('the event that was written', () => {
  it.each([
    ['2', 2],
    ['0', 0],
    ['-2147483648', -2147483648],
    ['9999999999', 9_999_999_999],
  ])('has the status code %s as a number', (code, status_code) => {
    expect(submissionOf('', code)).toEqual({ status_code });
  });

  it.each(['007', '-0', '+2', '2.0', '2 ', ' ', 'two', '99999999999'])(
    'has %j as it is, for the API to refuse',
    (code) => {
      expect(submissionOf('', code)).toEqual({ status_code: code });
    },
  );

  it('has a name as it is, blanks and all, and neither where neither is written', () => {
    expect([submissionOf(' Door opened ', ''), submissionOf('', '')]).toEqual([{ name: ' Door opened ' }, {}]);
  });
});
