import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { validationFailed } from '../errors/domain-error.js';
import { checkObject } from './check-object.js';

/**
 * Checks a body or query against its DTO class and refuses everything the class does not declare, by name. Nest's own
 * ValidationPipe is not used because it drops an own `__proto__` key silently, accepts repeated query parameters, and
 * adds more to a request than Nest does to Fastify.
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
