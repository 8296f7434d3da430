import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atTestEnd, type Cleanup } from './at-test-end.js';
import { type ProcessExit, TiedProcess } from './tied-process.js';
import { untilReady } from './until-ready.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Passed on from the test's own environment; every other variable is what the test gives, and nothing else. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'];

/** A line that the service logged, as JSON. */
export type LogLine = Record<string, unknown> & { msg?: string };

/** Where and how long a service may take to start. */
export interface ServiceStart {
  /** A throw-away folder unless told, so that default paths such as `data/` stay out of the checkout. */
  cwd?: string;
  timeoutMs?: number;
  /** Told how to end it; at the end of the test (or file) unless told. */
  atEnd?: (cleanup: Cleanup) => void;
}

/** What is run, and the log message that tells it is ready: its first group is the url. */
export interface ServiceProgram {
  name: string;
  main: string;
  listening: RegExp;
}

/** A program of `dist/` that runs as its own process, as in production; WhenceProcess and StandInProcess say which. */
export abstract class ServiceProcess {
  /** Settles when the process has ended, whatever ended it. */
  readonly exited: Promise<ProcessExit>;

  protected constructor(
    private readonly process: TiedProcess,
    /** Where it listens, such as http://127.0.0.1:41234, without a trailing slash. */
    readonly url: string,
  ) {
    this.exited = process.exited;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Every line of stdout and stderr so far. */
  get lines(): readonly string[] {
    return this.process.lines;
  }

  /** The lines so far that are JSON objects. */
  logLines(): LogLine[] {
    return this.process.lines.map(parseLogLine).filter((line) => line !== undefined);
  }

  /** Sends a signal (SIGTERM unless told) and waits for the end. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessExit> {
    return this.process.kill(signal);
  }

  /** Starts the program and waits until it listens; it is killed when the test (or file) ends. */
  protected static async launch(
    program: ServiceProgram,
    settings: Record<string, string>,
    start: ServiceStart,
  ): Promise<[TiedProcess, string]> {
    const main = join(ROOT, program.main);
    if (!existsSync(main)) throw new Error(`${program.main} is not there: run npm run build`);
    const env = { ...passedOn(), ...settings };
    const atEnd = start.atEnd ?? atTestEnd;
    const process = new TiedProcess(globalThis.process.execPath, [main], {
      cwd: start.cwd ?? (await ownFolder(atEnd)),
      env,
    });
    atEnd(() => process.kill('SIGKILL'));
    const url = await untilReady(
      program.name,
      process,
      () => listeningUrl(process, program),
      start.timeoutMs ?? 20_000,
    );
    return [process, url];
  }
}

function listeningUrl(process: TiedProcess, program: ServiceProgram): string {
  for (const line of process.lines) {
    const url = program.listening.exec(parseLogLine(line)?.msg ?? '')?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`${program.name} has not logged ${program.listening}`);
}

function parseLogLine(line: string): LogLine | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

async function ownFolder(atEnd: (cleanup: Cleanup) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whence-service-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
