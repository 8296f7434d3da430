/** What a submitter may attach to an event: a flat object. */
export type EventAttributes = Record<string, string | number | boolean>;

const MOST_KEYS = 50;
const MOST_BYTES = 4096;

/** Why a value is no attributes object, or null. The size counts its compact JSON in UTF-8. */
export function attributesFault(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'expected a flat object of texts, finite numbers and booleans';
  }
  const entries = Object.entries(value);
  if (entries.length > MOST_KEYS) return `expected at most ${MOST_KEYS} keys, found ${entries.length}`;
  for (const [key, entry] of entries) {
    const fault = entryFault(key, entry);
    if (fault !== null) return fault;
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > MOST_BYTES ? `expected at most ${MOST_BYTES} bytes as JSON, found ${bytes}` : null;
}

function entryFault(key: string, entry: unknown): string | null {
  const shown = JSON.stringify(key);
  // Harmless here, but a trap for whoever reads the event into an object of their own.
  if (key === '__proto__') return `the key ${shown} is not allowed`;
  if (!key.isWellFormed()) return `the key ${shown} is not Unicode text: it has half of a surrogate pair`;
  switch (typeof entry) {
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(entry) ? null : `expected a finite number at ${shown}`;
    case 'string':
      return entry.isWellFormed() ? null : `expected Unicode text at ${shown}, found half of a surrogate pair`;
    default:
      return `expected text, a finite number or a boolean at ${shown}`;
  }
}
