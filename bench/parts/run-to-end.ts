import { TiedProcess } from '../../test/support/tied-process.js';

/**
 * Runs a program that ends by itself, and returns the last line it printed, read as JSON.
 * @throws Error when it fails, and when it is still there past its time: then it is killed
 */
export async function runToEnd<T>(name: string, program: string, args: string[], longestMs: number): Promise<T> {
  const started = new TiedProcess(program, args, { cwd: process.cwd() });
  let isLate = false;
  const impatience = setTimeout(() => {
    isLate = true;
    void started.kill('SIGKILL');
  }, longestMs);
  const { code } = await started.exited;
  clearTimeout(impatience);
  if (isLate) throw new Error(`${name} did not end within ${longestMs} ms:\n${started.lines.join('\n')}`);
  if (code !== 0) throw new Error(`${name} failed (code ${code}):\n${started.lines.join('\n')}`);
  return JSON.parse(started.lines.at(-1) ?? '') as T;
}
