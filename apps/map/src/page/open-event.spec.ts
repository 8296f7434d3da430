import { beforeEach, describe, expect, it } from 'vitest';
import { unreachable } from '../api/api-error.js';
import type { WhenceEvent } from '../api/event-types.js';
import { locatedEvent, sampleEvent } from '../testing/sample-events.js';
import { OpenEvent } from './open-event.js';

const LOCATED = locatedEvent();
const ID = LOCATED.task_id;

describe('OpenEvent', () => {
  let onMap: WhenceEvent[];
  let did: string[];
  let open: OpenEvent;

  beforeEach(() => {
    [onMap, did] = [[], []];
    const details = {
      open: () => did.push('open'),
      close: () => did.push('close'),
      focus: () => did.push('focus'),
      show: () => did.push('show'),
      showFault: () => did.push('fault'),
    };
    open = new OpenEvent(details, { event: () => Promise.reject(unreachable()) }, (event) => onMap.push(event));
  });

  it('tells where it is, and again where the map has been emptied', () => {
    open.open(ID, [LOCATED], true);
    expect([onMap, did]).toEqual([[LOCATED], ['open', 'show', 'focus']]);
    open.tellAgain();
    expect(onMap).toEqual([LOCATED, LOCATED]);
  });

  it('tells of no place where it has none, or is open no more', () => {
    open.tellAgain();
    open.open(ID, [sampleEvent()], false);
    open.tellAgain();
    open.take([LOCATED]);
    open.open(null, [], true);
    open.tellAgain();
    expect([onMap, did.at(-1)]).toEqual([[LOCATED], 'close']);
  });
});
