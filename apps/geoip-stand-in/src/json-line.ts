/** Writes one line of JSON to stdout, stamped with the time of day (ISO 8601, UTC). */
export function writeJsonLine(fields: object): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`);
}
