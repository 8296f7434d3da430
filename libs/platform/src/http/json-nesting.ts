const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * True where JSON text opens more than `limit` arrays and objects within each other. Asked before parsing: what walks
 * the parsed value later (class-transformer) does so by recursion, and deep nesting would exhaust its stack.
 */
export function isNestedDeeperThan(limit: number, json: Uint8Array): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
