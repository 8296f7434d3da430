/** Why no column of an event can hold a text, or null: neither an event nor a filter may have it. */
export function columnTextFault(text: string): string | null {
  if (!text.isWellFormed()) return 'expected Unicode text, found half of a surrogate pair';
  // libsql cuts text off at a NUL when it reads it back; refused on every database, so that all accept the same.
  return text.includes('\0') ? 'expected text without NUL characters' : null;
}
