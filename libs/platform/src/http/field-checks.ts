import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { type FaultOf, faultOfRule } from './checked-by.js';
import { readerOf } from './read-by.js';

/** What a DTO class says of one of its fields. */
export interface FieldCheck {
  readonly field: string;
  readonly faultOf: FaultOf;
  /** Turns a plain value that was given into what the rules and the handler see; null leaves it as it came. */
  readonly read: ((value: unknown) => unknown) | null;
}

const checksByClass = new WeakMap<Type, readonly FieldCheck[]>();

/**
 * The fields of a DTO class with their rules, read once from class-validator's metadata. Running them directly gives what
 * class-validator and class-transformer would (a property test holds both against each other) at a small part of the
 * time, which every submission pays.
 * @throws Error for a field whose rule is not CheckedBy
 */
export function fieldChecksOf(dtoClass: Type): readonly FieldCheck[] {
  let checks = checksByClass.get(dtoClass);
  if (checks === undefined) checksByClass.set(dtoClass, (checks = readFieldChecks(dtoClass)));
  return checks;
}

function readFieldChecks(dtoClass: Type): FieldCheck[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dtoClass, '', false, false);
  return rules.map((rule) => {
    const faultOf = faultOfRule(rule);
    if (faultOf === null) throw new Error(`${dtoClass.name}.${rule.propertyName}: a DTO's fields have CheckedBy rules`);
    return { field: rule.propertyName, faultOf, read: readerOf(dtoClass, rule.propertyName) };
  });
}
