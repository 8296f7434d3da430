const PROBE_EVERY_MS = 1_000;
const LONGEST_ANSWER_MS = 5_000;

/** Asks a service each second whether it is ready, as a load balancer does, until it is stopped. */
export class HealthProbe {
  #failed = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly url: string) {
    this.timer = setInterval(() => void this.probe(), PROBE_EVERY_MS);
  }

  /** How often the answer was not 200, or not there within 5 s. */
  get failed(): number {
    return this.#failed;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async probe(): Promise<void> {
    try {
      const answer = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
      await answer.arrayBuffer();
      if (!answer.ok) this.#failed++;
    } catch {
      this.#failed++;
    }
  }
}
