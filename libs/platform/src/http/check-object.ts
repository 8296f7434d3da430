import type { Type } from '@nestjs/common';
import type { FieldFault } from '../errors/domain-error.js';
import { type FieldCheck, fieldChecksOf } from './field-checks.js';

type Input = Record<string, unknown>;

/** What the check of one object came to. Where there are faults, the instance is not to be used. */
export interface CheckedObject<Dto> {
  readonly dto: Dto;
  readonly faults: readonly FieldFault[];
}

/** Checks one value against the class and finds every fault: unknown fields first, each field once. Never throws. */
export function checkObject<Dto extends object>(
  dtoClass: Type<Dto>,
  input: unknown,
  type: 'body' | 'query' = 'body',
): CheckedObject<Dto> {
  const dto = new dtoClass();
  if (!isObject(input)) return { dto, faults: [{ field: 'body', message: 'expected a JSON object' }] };
  const checks = fieldChecksOf(dtoClass);
  const faults: FieldFault[] = [];
  addKeyFaults(faults, input, checks, type);
  for (const { field, read } of checks) {
    if (Object.hasOwn(input, field)) (dto as Input)[field] = readValue(input[field], read);
  }
  addRuleFaults(faults, dto as Input, checks);
  return { dto, faults };
}

/** Objects and arrays stay as they came: their own keys may be anything, `constructor` included. */
function readValue(value: unknown, read: FieldCheck['read']): unknown {
  return read === null || (typeof value === 'object' && value !== null) ? value : read(value);
}

function addKeyFaults(faults: FieldFault[], input: Input, checks: readonly FieldCheck[], type: 'body' | 'query'): void {
  for (const key of Object.keys(input)) {
    const message = keyFault(key, input[key], checks, type);
    if (message !== null) faults.push({ field: key, message });
  }
}

/** A field whose key is at fault already is not judged by its value too. */
function addRuleFaults(faults: FieldFault[], dto: Input, checks: readonly FieldCheck[]): void {
  const keyFaults = faults.length;
  for (const { field, faultOf } of checks) {
    const message = faultOf(dto[field], dto);
    if (message === null) continue;
    if (keyFaults === 0 || !faults.some((fault) => fault.field === field)) faults.push({ field, message });
  }
}

function keyFault(key: string, value: unknown, checks: readonly FieldCheck[], type: 'body' | 'query'): string | null {
  if (!checks.some(({ field }) => field === key)) {
    const noun = type === 'body' ? 'field' : 'query parameter';
    return `unknown ${noun}; known here: ${checks.map(({ field }) => field).join(', ') || 'none'}`;
  }
  return type === 'query' && Array.isArray(value) ? 'expected once, found several times' : null;
}

function isObject(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
