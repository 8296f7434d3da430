import type { Type } from '@nestjs/common';
import { type FieldFault, PlatformError } from '../errors/domain-error.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

const pipe = new StrictValidationPipe();

/** What a check came to: an instance of the class, or what is wrong. */
export type CheckedObject<Body> =
  { readonly dto: Body; readonly faults: readonly [] } | { readonly dto: null; readonly faults: readonly FieldFault[] };

/** The strict pipe's check of one object among many, whose faults are collected and not thrown. */
export function checkObject<Body extends object>(dtoClass: Type<Body>, value: unknown): CheckedObject<Body> {
  try {
    return { dto: pipe.transform(value, { type: 'body', metatype: dtoClass }) as Body, faults: [] };
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'validation_failed') throw error;
    return { dto: null, faults: error.details.errors ?? [] };
  }
}
