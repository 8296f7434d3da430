import { readFile } from 'node:fs/promises';

/** Linux tells times to all programs in hundredths of a second, whatever the kernel's own clock does. */
const MS_PER_TICK = 10;

/**
 * The processor time that a process has used so far, of all its threads. Beside a rate it tells what a request costs, and
 * hardly changes when somebody else is using the machine. Linux only.
 */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The program's name comes second, in parentheses, and may hold blanks.
  const [userTicks, systemTicks] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(userTicks) + Number(systemTicks)) * MS_PER_TICK;
}
