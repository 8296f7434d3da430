import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { withoutSecrets } from '#libs/access';
import {
  createPino,
  DatabaseNotReadyError,
  DomainError,
  PinoNestLogger,
  readSettings,
  WrongSettingsError,
} from '#libs/platform';
import { checkTrustedProxies } from './check-trusted-proxies.js';
import { CommandError, commandOf, helpFor } from './commands.js';
import { UnknownKeyError } from './keys.commands.js';

/** Failures that the operator can mend: told in a sentence, without a stack. */
const OPERATOR_ERRORS = [CommandError, DatabaseNotReadyError, DomainError, UnknownKeyError, WrongSettingsError];

try {
  console.log(helpFor(process.argv.slice(2)) ?? (await run(process.argv.slice(2))));
} catch (error) {
  const isOperators = OPERATOR_ERRORS.some((type) => error instanceof type);
  console.error(isOperators ? withoutSecrets((error as Error).message) : error);
  process.exitCode = error instanceof CommandError ? 2 : 1;
}

async function run(parameters: string[]): Promise<string> {
  const command = commandOf(parameters);
  const settings = readSettings([checkTrustedProxies]);
  // Standard output is the command's own.
  Logger.overrideLogger(new PinoNestLogger(createPino('silent')));
  return command(settings);
}
