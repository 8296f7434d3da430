import { NESTING_LIMIT } from './body-refusals.js';
import { isNestedDeeperThan } from './json-nesting.js';

const LINE_FEED = 0x0a;
const BLANKS = new Set([0x20, 0x09, 0x0d]);

/** Stands for a line that is no JSON object, where its object would be, so that every faulty line can be named at once. */
export class BrokenLine {
  constructor(readonly message: string) {}
}

/**
 * The values of newline-delimited JSON, one a line; blank lines count for nothing, and the last line may lack its line
 * feed. Lines after `mostLines` are not parsed: the first of them stands for all as a BrokenLine, so that a longer body
 * is seen to be longer and costs no more.
 */
export function readNdjson(body: Buffer, mostLines: number): unknown[] {
  const values: unknown[] = [];
  for (const { line, number } of linesOf(body)) {
    if (values.length === mostLines) return [...values, new BrokenLine('not read')];
    values.push(readLine(line, number));
  }
  return values;
}

function* linesOf(body: Buffer): Generator<{ line: Buffer; number: number }> {
  let start = 0;
  let number = 1;
  let isBlank = true;
  for (let index = 0; index <= body.length; index++) {
    const byte = body[index];
    if (byte !== LINE_FEED && byte !== undefined) {
      if (isBlank && !BLANKS.has(byte)) isBlank = false;
      continue;
    }
    if (!isBlank) yield { line: body.subarray(start, index), number };
    start = index + 1;
    number++;
    isBlank = true;
  }
}

function readLine(line: Buffer, number: number): unknown {
  if (isNestedDeeperThan(NESTING_LIMIT, line)) {
    return new BrokenLine(`line ${number}: expected at most ${NESTING_LIMIT} levels of nesting`);
  }
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? value : new BrokenLine(`line ${number}: expected a JSON object`);
  } catch (error) {
    return new BrokenLine(`line ${number}: expected JSON: ${(error as Error).message}`);
  }
}
