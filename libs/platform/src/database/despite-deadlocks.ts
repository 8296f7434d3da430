/** Attempts at a statement. Each deadlock lets somebody else through, so a few are enough. */
const MOST_DEADLOCKS = 5;

/**
 * Runs a statement that is a transaction of its own. InnoDB ends one of two statements that wait for each other, and undoes
 * all of it: it may simply be run again. Writes of the same keys can meet like that, whatever the order of their rows.
 */
export async function despiteDeadlocks<T>(statement: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ER_LOCK_DEADLOCK' || attempt === MOST_DEADLOCKS) throw error;
    }
  }
}
