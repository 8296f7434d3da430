import { registerDecorator, type ValidationArguments } from 'class-validator';

/**
 * Says what is wrong with a field's value, as "expected …", or null. It sees the whole body too, for rules over
 * several fields, and is also called for missing and null values.
 */
export type FaultOf = (value: unknown, body: Record<string, unknown>) => string | null;

/** Property decorator: class-validator checks the field by a plain function, which is easy to test without a class. */
export function CheckedBy(faultOf: FaultOf): PropertyDecorator {
  const fault = (args: ValidationArguments) => faultOf(args.value, args.object as Record<string, unknown>);
  return (target, propertyName) =>
    registerDecorator({
      name: 'checkedBy',
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (_value, args) => args !== undefined && fault(args) === null,
        defaultMessage: (args) => (args === undefined ? '' : (fault(args) ?? '')),
      },
    });
}
