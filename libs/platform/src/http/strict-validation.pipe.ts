import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { type FieldFault, validationFailed } from '../errors/domain-error.js';

/**
 * Checks a body or query against its DTO class and refuses everything the class does not declare, by name. Nest's own
 * ValidationPipe is not used because it drops an own `__proto__` key silently and accepts repeated query parameters.
 * @throws PlatformError `validation_failed` with every fault at once
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  private readonly fieldsByClass = new Map<Type, ReadonlySet<string>>();

  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || (type !== 'body' && type !== 'query')) return value;
    const input = value ?? (type === 'query' ? {} : value);
    if (!isObject(input)) throw validationFailed([{ field: 'body', message: 'expected a JSON object' }]);
    const fields = this.fieldsOf(metatype);
    const faults = Object.keys(input).flatMap((key) => keyFault(key, input[key], fields, type));
    const broken = new Set(faults.map((fault) => fault.field));
    const dto = toInstance(metatype, input, fields);
    // class-validator takes a class without rules for an unknown one and refuses it.
    for (const error of fields.size === 0 ? [] : validateSync(dto)) {
      if (broken.has(error.property)) continue;
      faults.push({ field: error.property, message: Object.values(error.constraints ?? {})[0] ?? 'is not valid' });
    }
    if (faults.length > 0) throw validationFailed(faults);
    return dto;
  }

  private fieldsOf(dtoClass: Type): ReadonlySet<string> {
    let fields = this.fieldsByClass.get(dtoClass);
    if (fields === undefined) {
      const rules = getMetadataStorage().getTargetValidationMetadatas(dtoClass, '', false, false);
      fields = new Set(rules.map((rule) => rule.propertyName));
      this.fieldsByClass.set(dtoClass, fields);
    }
    return fields;
  }
}

/** The same check for a body that does not come over HTTP. @throws PlatformError `validation_failed` */
export function checkBody<Body extends object>(dtoClass: Type<Body>, value: object): Body {
  return new StrictValidationPipe().transform(value, { type: 'body', metatype: dtoClass }) as Body;
}

/**
 * Class-transformer gets plain values only. It walks into objects by recursion, and takes their own `constructor` for a
 * class; the fields' rules check those as they came.
 */
function toInstance(dtoClass: Type, input: Record<string, unknown>, fields: ReadonlySet<string>): object {
  const given = [...fields]
    .filter((field) => Object.hasOwn(input, field))
    .map((field) => [field, input[field]] as const);
  const plain = given.filter(([, value]) => typeof value !== 'object' || value === null);
  const objects = given.filter(([, value]) => typeof value === 'object' && value !== null);
  return Object.assign(plainToInstance(dtoClass, Object.fromEntries(plain)) as object, Object.fromEntries(objects));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyFault(key: string, value: unknown, fields: ReadonlySet<string>, type: 'body' | 'query'): FieldFault[] {
  const noun = type === 'body' ? 'field' : 'query parameter';
  if (!fields.has(key)) {
    const known = fields.size === 0 ? 'none' : [...fields].join(', ');
    return [{ field: key, message: `unknown ${noun}; known here: ${known}` }];
  }
  if (type === 'query' && Array.isArray(value)) return [{ field: key, message: 'expected once, found several times' }];
  return [];
}
