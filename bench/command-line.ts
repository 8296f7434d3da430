import { parseArgs } from 'node:util';
import type { RunOptions } from './report.js';

/** The command line is wrong. */
export class UsageError extends Error {}

export interface CommandLine {
  readonly name: string;
  readonly parts: readonly string[];
  readonly options: RunOptions;
}

/** Reads `NAME [PART…] [--rounds N] [--seconds N]`. @throws UsageError */
export function readCommandLine(parameters: string[]): CommandLine {
  const { values, positionals } = parsed(parameters);
  const [name = '', ...parts] = positionals;
  const [rounds, seconds] = [numberOf('rounds', values.rounds), numberOf('seconds', values.seconds)];
  return { name, parts, options: { ...(rounds && { rounds }), ...(seconds && { seconds }) } };
}

function parsed(parameters: string[]) {
  try {
    const options = { rounds: { type: 'string' }, seconds: { type: 'string' } } as const;
    return parseArgs({ args: parameters, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`--${name}: expected a whole number from 1 to 9999, found ${JSON.stringify(text)}.`);
}
