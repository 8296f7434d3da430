/**
 * Calls the work at once and then, however often it is asked for, no more often than that. On a page that nobody sees it
 * goes on, when browsers no longer draw.
 */
export function paced(everyMs: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  const rest = () => {
    timer = isWanted ? setTimeout(rest, everyMs) : undefined;
    if (!isWanted) return;
    isWanted = false;
    work();
  };
  return () => {
    if (timer !== undefined) return void (isWanted = true);
    timer = setTimeout(rest, everyMs);
    work();
  };
}
