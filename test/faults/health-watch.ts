import { wait } from '../support/wait.js';
import type { HealthSample } from './judges/readiness.js';
import type { SupervisedWhence } from './supervised-whence.js';

const LOOK_EVERY_MS = 200;
const LONGEST_ANSWER_MS = 2_000;

/** Asks each process again and again, as Kubernetes does, whether it lives and whether it is ready. */
export class HealthWatch {
  readonly samples: HealthSample[] = [];
  private isStopped = false;
  private readonly loops: readonly Promise<void>[];

  constructor(processes: readonly SupervisedWhence[]) {
    this.loops = processes.map((process) => this.watch(process));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.loops);
  }

  private async watch(process: SupervisedWhence): Promise<void> {
    while (!this.isStopped) {
      if (process.isMeantToRun) await this.sample(process);
      await wait(LOOK_EVERY_MS);
    }
  }

  private async sample(process: SupervisedWhence): Promise<void> {
    const { interruptions } = process;
    const atMs = performance.now();
    const [live, ready] = await Promise.all([
      statusOf(`${process.url}/health/live`),
      statusOf(`${process.url}/health/ready`),
    ]);
    // It may have been ended meanwhile, and even started again.
    if (process.isMeantToRun && process.interruptions === interruptions)
      this.samples.push({ process: process.name, atMs, endedAtMs: performance.now(), live, ready });
  }
}

async function statusOf(url: string): Promise<number | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}
