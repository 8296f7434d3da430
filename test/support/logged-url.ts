import { setTimeout as sleep } from 'node:timers/promises';
import type { TiedProcess } from './tied-process.js';

const LONGEST_START_MS = 30_000;

/** Waits until the process logs where it listens: the pattern's first group, in a line's text or in its `msg`. */
export async function loggedUrl(name: string, started: TiedProcess, pattern: RegExp): Promise<string> {
  const deadlineMs = performance.now() + LONGEST_START_MS;
  while (performance.now() < deadlineMs) {
    started.throwIfExited(name);
    for (const line of started.lines) {
      const url = pattern.exec(messageOf(line))?.[1];
      if (url !== undefined) return url;
    }
    await sleep(20);
  }
  throw new Error(`${name} does not listen after ${LONGEST_START_MS} ms:\n${started.lines.join('\n')}`);
}

function messageOf(line: string): string {
  try {
    const parsed = JSON.parse(line) as { msg?: unknown };
    return typeof parsed.msg === 'string' ? parsed.msg : line;
  } catch {
    return line;
  }
}
