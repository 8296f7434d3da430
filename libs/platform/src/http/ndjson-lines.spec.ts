import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokenLine, readNdjson } from './ndjson-lines.js';

const read = (text: string, mostLines = 100) =>
  readNdjson(Buffer.from(text), mostLines).map((value) => (value instanceof BrokenLine ? value.message : value));

const anyObject = fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'grapheme' }), fc.double(), fc.boolean()));
const anyBlank = fc.stringMatching(/^[ \t\r]{0,3}$/);

describe('readNdjson', () => {
  it('reads one object a line, whatever blanks, blank lines and line ends are around them', () => {
    const lines = fc.array(fc.oneof(anyObject, anyBlank), { maxLength: 20 });
    fc.assert(
      fc.property(lines, anyBlank, fc.constantFrom('\n', '\r\n'), fc.boolean(), (all, blank, end, isEnded) => {
        const objects = all.filter((line) => typeof line === 'object');
        const text = all.map((line) => (typeof line === 'object' ? `${blank}${JSON.stringify(line)}${blank}` : line));
        const expected = objects.map((object) => JSON.parse(JSON.stringify(object)) as unknown);
        expect(read(text.join(end) + (isEnded ? end : ''))).toEqual(expected);
      }),
    );
  });

  it('keeps the place of what is no JSON object, and names its line', () => {
    expect(read('{"a":1}\n\n[1]\n"x"\nnull\n{"a":\n{}')).toEqual([
      { a: 1 },
      'line 3: expected a JSON object',
      'line 4: expected a JSON object',
      'line 5: expected a JSON object',
      expect.stringMatching(/^line 6: expected JSON: /),
      {},
    ]);
  });

  it('bounds the nesting of each line', () => {
    const nested = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
    expect(read(`${nested(33)}\n{"b":2}\n[\n[`)).toEqual([
      'line 1: expected at most 32 levels of nesting',
      { b: 2 },
      expect.stringContaining('line 3'),
      expect.stringContaining('line 4'),
    ]);
    expect(read(nested(32))).toHaveLength(1);
  });

  it('reads no line beyond the limit, and shows that there is one', () => {
    expect(read('{}\n{}\n{}\nx\ny', 3)).toEqual([{}, {}, {}, 'not read']);
    expect(read('{}\n{}\n{}\n\n \n', 3)).toEqual([{}, {}, {}]);
  });
});
