import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { LocalPlacesError } from '#libs/geolocation';
import {
  createPino,
  DatabaseNotReadyError,
  PinoNestLogger,
  readSettings,
  type RunningTracing,
  startTracing,
  WrongSettingsError,
} from '#libs/platform';
import { checkTrustedProxies } from './check-trusted-proxies.js';
import { ListenError } from './listen.js';
import { SoleProcessError } from './sole-process-lock.js';
import { StandInError } from './stand-in-process.js';
import { type RunningService, start } from './start.js';

/** Failures of the start that the operator can mend: told in a sentence, without a stack. */
const OPERATOR_ERRORS = [
  WrongSettingsError,
  DatabaseNotReadyError,
  ListenError,
  SoleProcessError,
  StandInError,
  LocalPlacesError,
];

/** For the latest spans: a collector that is away must not make each stop a long one. */
const LONGEST_FLUSH_MS = 2_000;
/** Of the grace time, for what comes after that. */
const ENDING_MS = 100;

async function main(): Promise<void> {
  Logger.overrideLogger(new PinoNestLogger(createPino('fatal')));
  const settings = readSettings([checkTrustedProxies]);
  Logger.overrideLogger(new PinoNestLogger(createPino(settings.logLevel)));
  const tracing = await startTracing(settings);
  const service = await start(settings);
  // Ctrl-C reaches the process twice under npm: from the terminal, and passed on.
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void (stopping ??= stop(service, tracing, settings.shutdownGraceMs)));
  }
}

/** Exits 0 when everything has ended, and at the end of the grace time at the latest: jobs then come back by themselves. */
async function stop(service: RunningService, tracing: RunningTracing | null, graceMs: number): Promise<void> {
  const startedAtMs = performance.now();
  const deadline = setTimeout(() => {
    new Logger('Stop').warn('not everything ended within the grace time');
    process.exit(0);
  }, graceMs);
  await service.stop();
  const leftMs = graceMs - (performance.now() - startedAtMs) - ENDING_MS;
  await tracing?.stop(Math.min(leftMs, LONGEST_FLUSH_MS));
  clearTimeout(deadline);
  process.exit(0);
}

// Somebody's forgotten rejection is a defect to be logged, but no reason to leave clients without an answer.
process.on('unhandledRejection', (reason) => {
  new Logger('Process').error({ msg: 'unhandled rejection', err: reason });
});

try {
  await main();
} catch (error) {
  const isOperators = OPERATOR_ERRORS.some((type) => error instanceof type);
  const reason = isOperators ? (error as Error).message : error;
  console.error(reason);
  // Whoever sits at a terminal has just read it; an agent that collects logs reads lines of JSON from standard output.
  if (!process.stdout.isTTY) new Logger('Start').fatal(isOperators ? reason : { msg: 'cannot start', err: error });
  process.exit(1);
}
