/**
 * Calls `check` again and again for a while, and throws what it throws: for what must not happen. A slow machine looks
 * less often, so it may miss a fault, but never reports one that is not there.
 */
export async function holdsFor(durationMs: number, check: () => void | Promise<void>, everyMs = 20): Promise<void> {
  const deadline = performance.now() + durationMs;
  do {
    await check();
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (performance.now() < deadline);
  await check();
}
