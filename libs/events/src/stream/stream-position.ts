const VERSION = 1;
const POSITION = new RegExp(`^${VERSION}\\.(\\d{1,15})\\.(\\d{1,15})$`);

/** Up to when a client has been told what happened. Times in epoch milliseconds. */
export interface StreamPosition {
  /** Of events that were accepted. */
  readonly acceptedMs: number;
  /** Of outcomes. */
  readonly outcomesMs: number;
}

/** The position at which everything up to one time has been told. */
export function positionAt(timeMs: number): StreamPosition {
  return { acceptedMs: timeMs, outcomesMs: timeMs };
}

/** Opaque to clients; the version lets a later release change it. */
export function encodePosition({ acceptedMs, outcomesMs }: StreamPosition): string {
  return Buffer.from(`${VERSION}.${acceptedMs}.${outcomesMs}`).toString('base64url');
}

/** @returns null for what `encodePosition` never returns */
export function decodePosition(text: string): StreamPosition | null {
  const [, accepted, outcomes] = POSITION.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  const position = { acceptedMs: Number(accepted), outcomesMs: Number(outcomes) };
  return encodePosition(position) === text ? position : null;
}
