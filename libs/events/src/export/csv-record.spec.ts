import { describe, expect, it } from 'vitest';
import { csvRecord, type CsvValue } from './csv-record.js';

describe('csvRecord', () => {
  it('separates cells with commas and ends with CRLF', () => {
    expect(csvRecord(['a', 1, null, 'b c'])).toBe('a,1,,b c\r\n');
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    [' a', '" a"'],
    ['a ', '"a "'],
    ["it's; #1", "it's; #1"],
    ['日本 😀', '日本 😀'],
  ])('writes %j as %j', (text, cell) => expect(csvRecord([text])).toBe(`${cell}\r\n`));

  it.each([
    ['=1+1', "'=1+1"],
    ['+44', "'+44"],
    ['-7', "'-7"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\nx', '"\'\nx"'],
    ['＝1', "'＝1"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])('keeps %j from being a formula', (text, cell) => expect(csvRecord([text])).toBe(`${cell}\r\n`));

  it.each<[CsvValue, string]>([
    [-0.0931, '-0.0931'],
    [-7, '-7'],
    [0, '0'],
    [1e-7, '1e-7'],
    ['a=b', 'a=b'],
    ["'=1", "'=1"],
  ])('leaves %j as it is', (value, cell) => expect(csvRecord([value])).toBe(`${cell}\r\n`));
});
