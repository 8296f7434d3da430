import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

/**
 * What class-transformer and class-validator themselves make of the fields that a class declares: the reference that the
 * service's own, faster check is held against.
 */
export function classValidatorCheck(dtoClass: Type<object>, fields: readonly string[], input: object): object {
  const given = Object.entries(input).filter(([key]) => fields.includes(key));
  // Class-transformer would walk into objects and take their own `constructor` for a class.
  const isPlain = (value: unknown) => typeof value !== 'object' || value === null;
  const plain = Object.fromEntries(given.filter(([, value]) => isPlain(value)));
  const objects = Object.fromEntries(given.filter(([, value]) => !isPlain(value)));
  const dto = Object.assign(plainToInstance(dtoClass, plain), objects);
  const faults = validateSync(dto).map(({ property, constraints }) => [property, Object.values(constraints ?? {})[0]]);
  return { dto, faults };
}
