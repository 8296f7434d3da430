import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MariaDbServer } from '../../test/support/mariadb-server.js';
import { makeMariaDbTemplate } from '../../test/support/mariadb-template.js';

/**
 * What the tests leave small is sized for load here: with their redo log of 16 MB the server would write pages back all
 * the time. The durability is theirs: a commit is on disk when it is answered.
 */
const SIZED_FOR_LOAD = ['--innodb-buffer-pool-size=512M', '--innodb-log-file-size=256M'];

let template: Promise<string> | undefined;

/** A private server with nothing in it, so that no measurement inherits what the one before has left to be written. */
export async function startMariaDb(): Promise<MariaDbServer> {
  template ??= makeTemplate();
  return MariaDbServer.start(await template, SIZED_FOR_LOAD);
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mariadb-template-'));
  await makeMariaDbTemplate(folder);
  return folder;
}
