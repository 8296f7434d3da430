import { residentMb } from './resident-memory.js';

const LOOK_EVERY_MS = 250;

/** Looks at a process' resident memory four times a second, until it is stopped. */
export class MemoryWatch {
  readonly samplesMb: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number) {
    const look = async (): Promise<void> => void this.samplesMb.push(await residentMb(pid));
    // A process that has ended has no memory; whoever watches it learns of its end elsewhere.
    this.timer = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
