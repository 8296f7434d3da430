import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { atTestEnd } from './at-test-end.js';
import './provided-context.js';

const run = promisify(execFile);

/** Mounting takes root on Linux: what needs a small disk is skipped elsewhere, and that is said. */
export const CAN_MOUNT = process.platform === 'linux' && process.getuid?.() === 0;
if (!CAN_MOUNT) console.warn('[services] SKIPPED: the test of a full disk needs root on Linux, to mount a small one');

/** A disk of its own, in memory, that a test may fill; it is gone when the test ends. */
export class SmallDisk {
  private readonly filler: string;

  private constructor(readonly folder: string) {
    this.filler = join(folder, 'filler');
  }

  static async mount(mebibytes: number): Promise<SmallDisk> {
    const folder = await mkdtemp(join(inject('runFolder'), 'disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
    // Lazily: libsql lets go of a file some time after it was closed.
    atTestEnd(() => run('umount', ['-l', folder]));
    return new SmallDisk(folder);
  }

  /** Leaves no page free. */
  async fill(): Promise<void> {
    const page = Buffer.alloc(4_096);
    try {
      for (;;) await appendFile(this.filler, page);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  async makeRoom(): Promise<void> {
    await rm(this.filler);
  }
}
