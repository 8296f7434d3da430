const SAY_EVERY_MS = 5_000;

/** Says every 5 s for how long something has been awaited, and passes on its result. */
export async function sayWhile<T>(say: (line: string) => void, what: string, awaited: Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  const sayElapsed = (): void => say(`${what}: ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
  const timer = setInterval(sayElapsed, SAY_EVERY_MS);
  try {
    return await awaited;
  } finally {
    clearInterval(timer);
  }
}
