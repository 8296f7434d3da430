import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Instruction } from 'dockerfile-ast';
import { flagOf, stage, wordsOf } from '../deploy/dockerfile.js';
import { ROOT } from '../support/built.js';

/** The user of the images. Only root can start processes as another user, or give files away. */
export const IMAGE_USER = process.getuid?.() === 0 ? { uid: 10001, gid: 10001 } : {};

/** The folder /app of an image, made without a container engine. */
export interface ImageFiles {
  /** Where it is. What COPY gives to the image's user belongs to it, and the rest to whoever runs the tests. */
  readonly folder: string;
  remove(): void;
}

/**
 * Does what docker/Dockerfile says to make the files of a target. In place of the stage that installs and builds comes the checkout,
 * where both was done; what the other stages run and copy is read from the Dockerfile, and done here.
 */
export function makeImageFiles(target: string): ImageFiles {
  // On the file system of the packages, so that these can be linked.
  mkdirSync(join(ROOT, 'data'), { recursive: true });
  const stagesFolder = mkdtempSync(join(ROOT, 'data', 'image-'));
  const folder = mkdtempSync(join(tmpdir(), 'whence-image-'));
  chmodSync(folder, 0o755);
  try {
    copyInto(folder, target, (name) => (name === 'build' ? ROOT : runStage(name, join(stagesFolder, name))));
  } finally {
    run('rm', ['-rf', stagesFolder]);
  }
  return { folder, remove: () => run('rm', ['-rf', folder]) };
}

/** Bytes of all files. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => lstatSync(join(folder, path)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}

/** What a stage leaves that starts from the build. */
function runStage(name: string, folder: string): string {
  if (stage(name).from !== 'build') throw new Error(`${name}: expected a stage that starts from build`);
  mkdirSync(folder);
  const files = ['package.json', 'package-lock.json', 'LICENSE', 'dist'].map((path) => join(ROOT, path));
  run('cp', ['-a', ...files, folder]);
  link(`${ROOT}/node_modules/.`, join(folder, 'node_modules'));
  // The one file that npm writes to.
  run('cp', ['--remove-destination', `${ROOT}/node_modules/.package-lock.json`, join(folder, 'node_modules')]);
  for (const step of stepsOf(name, 'RUN')) run('sh', ['-c', step.getArgumentsContent() ?? ''], folder);
  return folder;
}

function copyInto(folder: string, target: string, filesOf: (stage: string) => string): void {
  const made = new Map<string, string>();
  for (const copy of stepsOf(target, 'COPY')) {
    const from = flagOf(copy, 'from') ?? '';
    const source = made.get(from) ?? filesOf(from);
    made.set(from, source);
    const [path = '', destination = ''] = wordsOf(copy).map((word) => word.replace('/app/', ''));
    const to = destination === './' ? join(folder, path) : join(folder, destination);
    mkdirSync(dirname(to), { recursive: true });
    const owner = flagOf(copy, 'chown');
    if (owner === undefined) link(join(source, path), to);
    else run('cp', ['-a', join(source, path), to]);
    if (owner !== undefined && IMAGE_USER.uid !== undefined) run('chown', ['-R', owner, to]);
  }
}

/** Copies a folder by linking its files, which takes a fraction of the time, where both are on one file system. */
function link(from: string, to: string): void {
  const linked = spawnSync('cp', ['-al', from, to], { stdio: 'ignore' });
  if (linked.status !== 0) run('cp', ['-a', '--remove-destination', from, to]);
}

function stepsOf(name: string, keyword: string): Instruction[] {
  return stage(name).instructions.filter((instruction) => instruction.getKeyword() === keyword);
}

function run(program: string, parameters: readonly string[], cwd = ROOT): void {
  execFileSync(program, parameters, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
