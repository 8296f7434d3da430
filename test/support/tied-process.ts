import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findProgram } from './find-program.js';

/** How a process ended: its exit code, or the signal that killed it. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What to run, and where. */
export interface TiedProcessOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  /** As another user, which only root can. */
  uid?: number;
  gid?: number;
}

/** How long the output of a process may take to arrive after its end. */
const LAST_OUTPUT_MS = 1000;

/** Those started here that have not ended yet, for machines without setpriv (see the class). */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/**
 * A child process that cannot outlive this one. On Linux it runs through `setpriv --pdeathsig KILL` (util-linux), so the
 * kernel ends it even when this process is killed with SIGKILL; setpriv execs the program, so `pid` is the program's own.
 * Where there is no setpriv, an exit handler ends it, which covers all but SIGKILL.
 */
export class TiedProcess {
  readonly exited: Promise<ProcessExit>;
  /** Every line of stdout and stderr, in the order of arrival. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #exit: ProcessExit | undefined;

  constructor(program: string, args: string[], options: TiedProcessOptions) {
    const setpriv = findProgram('setpriv');
    const command = setpriv === undefined ? [program, ...args] : [setpriv, '--pdeathsig', 'KILL', program, ...args];
    this.#child = spawn(command[0], command.slice(1), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = this.#watch();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Throws with everything the process said, once it has ended: what a wait for readiness calls in each round. */
  throwIfExited(name: string): void {
    if (this.#exit === undefined) return;
    const { code, signal } = this.#exit;
    throw new Error(`${name} ended early (code ${code}, signal ${signal}):\n${this.lines.join('\n')}`);
  }

  /** Sends a signal and waits until the process has ended, whatever ended it. */
  async kill(signal: NodeJS.Signals): Promise<ProcessExit> {
    if (this.#exit === undefined) this.#child.kill(signal);
    return this.exited;
  }

  /** Asks the process to stop, and past the grace period makes it. */
  async stop(graceMs = 10_000): Promise<ProcessExit> {
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    try {
      return await this.kill('SIGTERM');
    } finally {
      clearTimeout(impatience);
    }
  }

  #watch(): Promise<ProcessExit> {
    running.add(this.#child);
    return new Promise((resolve) => {
      const end = (exit: ProcessExit): void => {
        running.delete(this.#child);
        this.#exit = exit;
        resolve(exit);
      };
      // 'exit' may come before the last line of output and 'close' comes after it; but 'close' also waits for whoever
      // inherited the pipes, such as a grandchild that lives on, so it gets a limited time.
      this.#child.once('close', (code, signal) => end({ code, signal }));
      this.#child.once('exit', (code, signal) => setTimeout(end, LAST_OUTPUT_MS, { code, signal }).unref());
      this.#child.once('error', (error) => {
        this.lines.push(error.message);
        end({ code: null, signal: null });
      });
    });
  }
}
