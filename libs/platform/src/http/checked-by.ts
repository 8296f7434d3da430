import { registerDecorator, type ValidationArguments } from 'class-validator';

/**
 * Says what is wrong with a field's value, as "expected …", or null. It sees the whole body too, for rules over
 * several fields, and is also called for missing and null values.
 */
export type FaultOf = (value: unknown, body: Record<string, unknown>) => string | null;

const RULE_NAME = 'checkedBy';

/** Property decorator: class-validator checks the field by a plain function, which is easy to test without a class. */
export function CheckedBy(faultOf: FaultOf): PropertyDecorator {
  const fault = (args: ValidationArguments) => faultOf(args.value, args.object as Record<string, unknown>);
  return (target, propertyName) =>
    registerDecorator({
      name: RULE_NAME,
      target: target.constructor,
      propertyName: String(propertyName),
      constraints: [faultOf],
      validator: {
        validate: (_value, args) => args !== undefined && fault(args) === null,
        defaultMessage: (args) => (args === undefined ? '' : (fault(args) ?? '')),
      },
    });
}

/** The function behind one of class-validator's rules, or null where CheckedBy did not make it. */
export function faultOfRule(rule: { name?: string; constraints?: unknown[] }): FaultOf | null {
  const [faultOf] = rule.constraints ?? [];
  return rule.name === RULE_NAME && typeof faultOf === 'function' ? (faultOf as FaultOf) : null;
}
