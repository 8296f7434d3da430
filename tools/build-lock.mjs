import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_EVERY_MS = 100;

/** How long a lock may be without its owner's id, which is written right after the file is made. */
const NAMELESS_FOR_MS = 5000;

/**
 * Runs `work` while holding a lock file, so that of two builds started at once the second waits for the first. A lock
 * whose owner is no longer alive is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryLock(path)) {
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await pause(POLL_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(path) {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0) return !isAlive(owner);
    return Date.now() - statSync(path).mtimeMs > NAMELESS_FOR_MS;
  } catch (error) {
    if (error.code === 'ENOENT') return false; // released just now
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
