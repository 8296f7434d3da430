/** A task id of an event received then; of one millisecond the greater index comes later. */
export function taskIdAt(timeMs: number, index: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7b3a-9f10-${index.toString(16).padStart(12, '0')}`;
}
