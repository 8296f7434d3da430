import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is submitted in one request, and from where. */
export interface Submission {
  readonly address: string;
  readonly body: string;
}

/**
 * Submissions as both load generators read them: a line each, address and body parted by a tab. They send the lines in
 * turn and begin anew after the last, so that making requests costs nothing while it is measured.
 */
export async function writeRequestFile(submissions: readonly Submission[]): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'requests-')), 'requests.tsv');
  await writeFile(path, submissions.map(({ address, body }) => `${address}\t${body}\n`).join(''));
  return path;
}
