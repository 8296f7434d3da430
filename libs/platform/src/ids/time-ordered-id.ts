import { randomFillSync } from 'node:crypto';
import { v7 as uuidV7 } from 'uuid';

const ID_BYTES = 16;
/** One call of the random generator costs more than all the rest of an id, whatever its size. */
const POOL = new Uint8Array(ID_BYTES * 256);

let used = POOL.length;
let lastMs = 0;
let sequence = 0;

/**
 * A UUID of version 7 that is greater than every one before it in this process: within a millisecond, or after the clock
 * was set back, its 32-bit counter goes on (RFC 9562, section 6.2, method 1).
 */
export function newTimeOrderedId(): string {
  const random = nextRandomBytes();
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The highest bit is left at 0, so that the counter has room to grow.
    sequence = ((random[6] & 0x7f) << 24) | (random[7] << 16) | (random[8] << 8) | random[9];
  } else sequence++;
  return uuidV7({ random, msecs: lastMs, seq: sequence });
}

function nextRandomBytes(): Uint8Array {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += ID_BYTES;
  return POOL.subarray(used - ID_BYTES, used);
}
