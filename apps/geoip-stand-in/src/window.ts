/** The length of the sliding window that the limit keeps and the statistics measure: one second, open at its old end. */
export const WINDOW_MS = 1_000;
