import { z } from 'zod';

/** How one environment variable is documented, defaulted and turned into a typed value. */
export interface Setting<Value> {
  /** The environment variable's name. */
  readonly name: string;
  /** What it does, for people: printed into `.env.example`. */
  readonly description: string;
  /** What a value looks like, for error messages: "a whole number from 1 to 65535". */
  readonly expected: string;
  /** The default as it would be written in the environment; undefined where the setting may stay unset. */
  readonly defaultText: string | undefined;
  /** True where the value may hold a password: it is then never printed. */
  readonly sensitive: boolean;
  /** True where an empty variable is refused, and not taken as unset: the default would be what nobody wants by mistake. */
  readonly refusesEmpty: boolean;
  readonly schema: z.ZodType<Value, string>;
}

type SettingInput<Value> = Omit<Setting<Value>, 'defaultText' | 'sensitive' | 'refusesEmpty'> &
  Partial<Pick<Setting<Value>, 'sensitive' | 'refusesEmpty'>>;

/** A setting that always has a value, its own default when nothing is set. */
export function defaulted<Value>(defaultText: string, input: SettingInput<Value>): Setting<Value> {
  return { sensitive: false, refusesEmpty: false, ...input, defaultText };
}

/** A setting that is undefined when nothing is set. */
export function optional<Value>(input: SettingInput<Value>): Setting<Value | undefined> {
  return { sensitive: false, refusesEmpty: false, ...input, defaultText: undefined };
}

/** A whole number in plain decimal digits within the bounds, both included. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,14})$/)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum);
}

/** A positive decimal number such as "5" or "0.5", up to the maximum. */
export function positiveNumber(maximum: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/)
    .transform(Number)
    .refine((value) => value > 0 && value <= maximum);
}
