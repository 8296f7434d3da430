import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { requiredProgram } from './required-programs.js';

/** A small redo log: it is copied for every server. */
export const REDO_LOG_OPTION = '--innodb-log-file-size=16M';

/**
 * Fills a folder with the system tables of a new MariaDB (1 to 2 s), with a root account that needs no password.
 * Made once per test run; each private server gets a copy, which takes a fraction of that.
 */
export async function makeMariaDbTemplate(folder: string): Promise<void> {
  await promisify(execFile)(requiredProgram('mariadb-install-db'), [
    '--no-defaults',
    `--user=${userInfo().username}`,
    `--datadir=${folder}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    REDO_LOG_OPTION,
  ]);
}
