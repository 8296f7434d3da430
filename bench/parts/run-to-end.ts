import { TiedProcess } from '../../test/support/tied-process.js';

const TELL_EVERY_MS = 5_000;

/**
 * Runs a program that ends by itself, and returns the last line it printed, read as JSON. What it prints meanwhile is told
 * now and then.
 * @throws Error when it fails, and when it is still there past its time: then it is killed
 */
export async function runToEnd<T>(
  name: string,
  program: string,
  args: string[],
  longestMs: number,
  tell: (line: string) => void = () => {},
): Promise<T> {
  const started = new TiedProcess(program, args, { cwd: process.cwd() });
  let isLate = false;
  const impatience = setTimeout(() => {
    isLate = true;
    void started.kill('SIGKILL');
  }, longestMs);
  let told = 0;
  const telling = setInterval(() => {
    for (; told < started.lines.length; told++) tell(started.lines[told] ?? '');
  }, TELL_EVERY_MS);
  const { code } = await started.exited;
  clearInterval(telling);
  clearTimeout(impatience);
  if (isLate) throw new Error(`${name} did not end within ${longestMs} ms:\n${started.lines.join('\n')}`);
  if (code !== 0) throw new Error(`${name} failed (code ${code}):\n${started.lines.join('\n')}`);
  return JSON.parse(started.lines.at(-1) ?? '') as T;
}
