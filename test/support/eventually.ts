/** How long to keep trying, and how often. */
export interface EventuallyOptions {
  timeoutMs?: number;
  everyMs?: number;
}

/**
 * Calls `attempt` until it does not throw, and returns what it returned. Past the deadline (10 s unless told) the last
 * attempt's error is thrown as it is, so a test's failure shows the expectation that was not met, not "timed out".
 */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() + everyMs > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
