import { BrokenLine, checkObject, type FieldFault, PlatformError } from '#libs/platform';
import type { EventSubmission } from '../../domain/event.js';
import { submissionFrom, SubmitEventDto } from '../submit-event.dto.js';

/** Faults that an answer lists. */
const MOST_FAULTS = 100;

type Checked = { readonly submission: EventSubmission } | { readonly faults: readonly FieldFault[] };

/**
 * The submissions of a batch, each checked as if it had come alone.
 * @throws PlatformError `validation_failed`: every fault with the index of its event, up to a hundred, and how many
 *   there are
 */
export function checkBatch(events: readonly unknown[]): EventSubmission[] {
  const submissions: EventSubmission[] = [];
  const faults: FieldFault[] = [];
  let faultCount = 0;
  for (const [index, event] of events.entries()) {
    const checked = checkEvent(event);
    if ('submission' in checked) {
      submissions.push(checked.submission);
      continue;
    }
    faultCount += checked.faults.length;
    for (const fault of checked.faults) if (faults.length < MOST_FAULTS) faults.push({ index, ...fault });
  }
  if (faultCount === 0) return submissions;
  throw batchRefused(faults, faultCount, events.length - submissions.length, events.length);
}

function checkEvent(event: unknown): Checked {
  if (event instanceof BrokenLine) return { faults: [{ field: 'events', message: event.message }] };
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return { faults: [{ field: 'events', message: 'expected a JSON object' }] };
  }
  const { dto, faults } = checkObject(SubmitEventDto, event);
  return faults.length > 0 ? { faults } : { submission: submissionFrom(dto) };
}

function batchRefused(
  errors: readonly FieldFault[],
  faultCount: number,
  faultyEvents: number,
  events: number,
): PlatformError {
  const shown = faultCount > errors.length ? `; errors lists the first ${errors.length}` : '';
  const message = `Nothing is stored: ${faultyEvents} of ${events} events are not valid, faults: ${faultCount}${shown}.`;
  return new PlatformError('validation_failed', message, { errors });
}
