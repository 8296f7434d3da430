import { readdir, readFile } from 'node:fs/promises';
import { eventually } from './eventually.js';

/** The third field of /proc/PID/task/TID/stat, behind the name in brackets: T is a thread that a signal has stopped (proc(5)). */
const STOPPED = /\) T /;

/**
 * Keeps a process from running until what it returns is called (which may be called again). It has come to a stand on
 * return: the signal alone does not say so, since on a busy machine the thread that takes it may get its turn long
 * after another has answered a request. Fails where the process does not run.
 */
export async function freeze(pid: number | undefined): Promise<() => void> {
  if (pid === undefined) throw new Error('the process to freeze does not run');
  process.kill(pid, 'SIGSTOP');
  const thaw = (): void => void process.kill(pid, 'SIGCONT');
  try {
    await eventually(() => throwUnlessStopped(pid), { everyMs: 1 });
  } catch (error) {
    thaw();
    throw error;
  }
  return thaw;
}

async function throwUnlessStopped(pid: number): Promise<void> {
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    if (!STOPPED.test(stat)) throw new Error(`thread ${thread} of process ${pid} has not stopped: ${stat}`);
  }
}
