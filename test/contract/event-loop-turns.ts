/** How many turns of the event loop others had while a piece of work went on, and what came of it. */
export async function turnsDuring<Result>(work: () => Promise<Result>): Promise<[number, Result]> {
  let turns = 0;
  let next: NodeJS.Immediate;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  next = setImmediate(count);
  try {
    const result = await work();
    return [turns, result];
  } finally {
    clearImmediate(next);
  }
}
