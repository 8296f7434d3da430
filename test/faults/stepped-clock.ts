import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTestEnd } from '../support/at-test-end.js';

/** Debian has it in a folder named after the processor. */
const LIBRARIES = '/usr/lib';
const LIBRARY = join('faketime', 'libfaketimeMT.so.1');

/** The wall clock of processes started with `settings`, which can be set forward and back. Their monotonic clock goes on as ever. */
export class SteppedClock {
  private constructor(
    private readonly file: string,
    /** For the environment of a process. */
    readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async start(): Promise<SteppedClock> {
    const folder = await mkdtemp(join(tmpdir(), 'whence-clock-'));
    atTestEnd(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'step');
    const clock = new SteppedClock(file, {
      LD_PRELOAD: libraryPath(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    await clock.step(0);
    return clock;
  }

  /** Sets the clock so many minutes ahead of the true time, or back. */
  async step(minutes: number): Promise<void> {
    await writeFile(this.file, `${minutes < 0 ? '-' : '+'}${Math.abs(minutes)}m\n`);
  }
}

function libraryPath(): string {
  const paths = readdirSync(LIBRARIES).map((folder) => join(LIBRARIES, folder, LIBRARY));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`no ${LIBRARY} in ${LIBRARIES} (package faketime)`);
  return path;
}
