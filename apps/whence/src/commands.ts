import { DomainError, type Settings } from '#libs/platform';
import { createKey, listKeys, revokeKey } from './keys.commands.js';
import { migrateDatabase } from './migrate.command.js';
import { retryLocations } from './retry-locations.command.js';

/** The command line is wrong; the message is for the operator. */
export class CommandError extends Error {}

/** A command with its arguments read: does it and returns what to print. */
export type Command = (settings: Settings) => Promise<string>;

/** Reads a command's own arguments. @throws Error saying what is wrong with them */
type ReadCommand = (parameters: string[]) => Command;

const COMMANDS: Readonly<Record<string, { readonly usage: string; readonly read: ReadCommand }>> = {
  'keys create': createKey,
  'keys list': listKeys,
  'keys revoke': revokeKey,
  'locations retry': retryLocations,
  migrate: migrateDatabase,
};

/** What there is, where the arguments ask for that and not for a command; else null. */
export function helpFor(parameters: readonly string[]): string | null {
  const asks = parameters[0] === 'help' || parameters.some((parameter) => parameter === '--help' || parameter === '-h');
  return asks ? ['The commands:', ...Object.values(COMMANDS).map(usageOf)].join('\n') : null;
}

/** The command that the arguments mean. @throws CommandError with the usage */
export function commandOf(parameters: string[]): Command {
  const name = Object.keys(COMMANDS).find((known) => parameters.slice(0, known.split(' ').length).join(' ') === known);
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name === undefined || command === undefined) {
    const given = parameters.length === 0 ? 'no command' : `an unknown command: ${parameters.join(' ')}`;
    throw new CommandError([`Found ${given}. The commands:`, ...Object.values(COMMANDS).map(usageOf)].join('\n'));
  }
  try {
    return command.read(parameters.slice(name.split(' ').length));
  } catch (error) {
    throw new CommandError(`${faultsOf(error)}\n${usageOf(command)}`, { cause: error });
  }
}

function usageOf({ usage }: { usage: string }): string {
  return `  npm run cli -- ${usage}`;
}

/** Fields are named as their options: `country_code` is --country-code. */
function faultsOf(error: unknown): string {
  const faults = error instanceof DomainError ? error.details.errors : undefined;
  if (faults === undefined) return (error as Error).message;
  return faults.map(({ field, message }) => `--${field.replaceAll('_', '-')}: ${message}`).join('\n');
}
