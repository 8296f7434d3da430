import type { Type } from '@nestjs/common';
import { Transform } from 'class-transformer';

type Reader = (value: unknown) => unknown;

const readers = new WeakMap<object, Map<string, Reader>>();

/** Property decorator: class-transformer turns a plain value that was given by `read`, before its rules see it. */
export function ReadBy(read: Reader): PropertyDecorator {
  return (target, propertyName) => {
    Transform(({ value }: { value: unknown }) => read(value))(target, propertyName);
    const ofClass = readers.get(target) ?? new Map<string, Reader>();
    readers.set(target, ofClass.set(String(propertyName), read));
  };
}

/** What ReadBy says of the field, or null. */
export function readerOf(dtoClass: Type, field: string): Reader | null {
  return readers.get(dtoClass.prototype as object)?.get(field) ?? null;
}
