import { describe, expect, it } from 'vitest';
import { parseAddressRange, type AddressRange } from '#libs/geolocation';
import type { AuditLog, Caller } from '#libs/platform';
import { strictDouble } from '../../../platform/src/testing/strict-double.js';
import type { EventErasure } from '../persistence/event-erasure.js';
import { EraseEventsService } from './erase-events.service.js';
import type { KeyErasure } from './key-erasure.js';

const ANONYMOUS: Caller = { keyId: null, throttlePerMinute: null };
const NETWORK = parseAddressRange('81.2.69.0/24') as AddressRange;
const PARTS = ['first', 'second'].map((id) => ({ taskIds: [id], lookupKeys: [`key of ${id}`] }));

/** @param fails which steps do, by what they say of themselves */
function setUp(...fails: string[]) {
  const steps: string[] = [];
  const step = async (said: string) => {
    steps.push(said);
    if (fails.includes(said)) throw new Error('away');
  };
  const erasure = strictDouble<EventErasure>('EventErasure', {
    eraseFrom: async (_range, _deadlineMs, { before, after }) => {
      for (const part of PARTS) {
        await before(part);
        await step(`erase ${part.taskIds.join()}`);
        await after(part, 1);
      }
      return true;
    },
  });
  const keys = strictDouble<KeyErasure>('KeyErasure', {
    forgetUnneeded: (lookupKeys, butOf = []) => step(`forget ${[...lookupKeys, ...butOf].join(' but of ')}`),
  });
  const audit = strictDouble<AuditLog>('AuditLog', {
    record: async (_actor, { action, details }) =>
      void steps.push(`${action} ${JSON.stringify(details?.['erased'] ?? '')}`),
  });
  return { steps, service: new EraseEventsService(erasure, keys, audit) };
}

describe('EraseEventsService', () => {
  it('forgets the keys of events before they are erased, and again afterwards', async () => {
    const { steps, service } = setUp();
    expect(await service.eraseFrom(ANONYMOUS, NETWORK, 24)).toBe(2);
    const around = (id: string) => [`forget key of ${id} but of ${id}`, `erase ${id}`, `forget key of ${id}`];
    expect(steps).toEqual(['events.erase_asked ""', ...around('first'), ...around('second'), 'events.erased 2']);
  });

  it.each([
    ['forget key of first but of first', 0],
    ['erase first', 0],
    ['forget key of first', 1],
    ['erase second', 1],
  ])('writes down how many are erased where a step fails: %s', async (failing, erased) => {
    const { steps, service } = setUp(failing);
    await expect(service.eraseFrom(ANONYMOUS, NETWORK, 24)).rejects.toThrow('away');
    expect(steps.slice(-2)).toEqual([failing, `events.erased ${erased}`]);
  });
});
