import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { type FieldFault, validationFailed } from '../errors/domain-error.js';
import { type FieldCheck, fieldChecksOf } from './field-checks.js';

type Input = Record<string, unknown>;

/**
 * Checks a body or query against its DTO class and refuses everything the class does not declare, by name. Nest's own
 * ValidationPipe is not used because it drops an own `__proto__` key silently, accepts repeated query parameters, and
 * takes longer than all the rest of a submission.
 * @throws PlatformError `validation_failed` with every fault at once
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || (type !== 'body' && type !== 'query')) return value;
    const { dto, faults } = checkObject(metatype as Type<object>, value ?? (type === 'query' ? {} : value), type);
    if (faults.length > 0) throw validationFailed(faults);
    return dto;
  }
}

/** The same check for a body that does not come over HTTP. @throws PlatformError `validation_failed` */
export function checkBody<Body extends object>(dtoClass: Type<Body>, value: object): Body {
  return new StrictValidationPipe().transform(value, { type: 'body', metatype: dtoClass }) as Body;
}

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
