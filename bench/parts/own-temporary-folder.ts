import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the exit of a process is told that a signal ended. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * From now on temporary files are made in a folder of this process' own, which goes with it: also when it fails, and on
 * Ctrl-C. Call it after TiedProcess is imported, so that the children are killed before their files are removed.
 */
export function useOwnTemporaryFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), 'whence-bench-'));
  process.env['TMPDIR'] = folder;
  // A killed server may still be ending, and write a last file: hence the retries.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));
  for (const [signal, code] of Object.entries(EXIT_CODES)) process.once(signal, () => process.exit(code));
}
