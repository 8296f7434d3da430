import fc from 'fast-check';
import { OPENAPI } from '../e2e/http-openapi.js';

/** A schema of openapi.json. */
export type Json = Record<string, unknown>;

const DEEP = 5_000;

/** Texts that have broken something somewhere. */
const AWKWARD_TEXT = fc.constantFrom(
  ...['', ' ', '\0', '%', '%00', '%zz', '\u{1f9ff}', '\ud800', 'null', 'NaN', '-0', '1e400', '0x10', '٣', '2147483648'],
  ...[
    '-2147483649',
    '9'.repeat(400),
    "' OR 1=1 --",
    '"; DROP TABLE event; --',
    '../../etc/passwd',
    '${7*7}',
    '__proto__',
  ],
  ...[
    'constructor',
    '\\',
    ',',
    ',,',
    '%',
    '_',
    '=cmd()',
    'a'.repeat(121),
    'é'.repeat(120),
    '::',
    '::1/129',
    '0.0.0.0/0',
  ],
  ...[
    '256.1.1.1',
    '1.2.3',
    '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00+99:99',
    '0000-00-00T00:00:00Z',
    '٢٠٢٦-01-01T00:00:00Z',
  ],
);
export const ANY_TEXT = fc.oneof(
  AWKWARD_TEXT,
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 40 }),
);

export const HUGE_NUMBERS = fc.constantFrom(
  '1e400',
  '-1e400',
  '1e-400',
  '9'.repeat(1_000),
  '0.' + '1'.repeat(1_000),
  '-0',
  '1E+2',
  '01',
);
export const DEEP_JSON = fc.constantFrom(
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP),
  `{"name":"x","attributes":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
);
export const BROKEN_JSON = fc.constantFrom(
  '',
  '{',
  '{"name":',
  '{"name":"x"}}',
  "{'name':'x'}",
  '{"name":"x","name":"y"}',
  '\ufeff{"name":"x"}',
);

/** Values that a schema allows, now and then. */
export function fromSchema(schema: Json | undefined): fc.Arbitrary<unknown> {
  if (schema === undefined) return fc.jsonValue();
  if (typeof schema['$ref'] === 'string') {
    return fromSchema(OPENAPI.components.schemas[schema['$ref'].replace('#/components/schemas/', '')]);
  }
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as unknown[]));
  const several = (schema['allOf'] ?? schema['oneOf'] ?? schema['anyOf']) as Json[] | undefined;
  if (several !== undefined) return fc.oneof(...several.map(fromSchema));
  return ofType(schema);
}

function ofType(schema: Json): fc.Arbitrary<unknown> {
  switch (schema['type']) {
    case 'integer':
      return fc.integer(rangeOf(schema));
    case 'number':
      return fc.oneof(fc.integer(), fc.double());
    case 'boolean':
      return fc.boolean();
    case 'array':
      return arrayOf(fromSchema(schema['items'] as Json | undefined));
    case 'object':
      return objectOf(schema);
    default:
      return textOf(schema);
  }
}

/** Half of them have one item, since several are seldom all right. */
function arrayOf(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(fc.tuple(item), fc.array(item, { maxLength: 5 }));
}

function rangeOf({ minimum, maximum }: Json): { min?: number; max?: number } {
  return {
    ...(typeof minimum === 'number' ? { min: minimum } : {}),
    ...(typeof maximum === 'number' ? { max: maximum } : {}),
  };
}

/** Most of them have nothing wrong in them, and some a member alone, since not all go with each other: what comes after the checks is to be reached as well. */
function objectOf({ properties }: Json): fc.Arbitrary<unknown> {
  if (properties === undefined) {
    const key = fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), ANY_TEXT);
    return fc.dictionary(key, fc.oneof(ANY_TEXT, fc.integer(), fc.boolean()), { maxKeys: 5 });
  }
  const schemas = Object.entries(properties as Record<string, Json>);
  const membersOf = (each: (right: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>) =>
    Object.fromEntries(schemas.map(([name, schema]) => [name, each(fromSchema(schema))]));
  return fc.oneof(
    fc.record(
      membersOf((right) => right),
      { requiredKeys: [] },
    ),
    fc.record(membersOf(anyOr), { requiredKeys: [] }),
    fc.oneof(...schemas.map(([name, schema]) => fc.record({ [name]: fromSchema(schema) }))),
  );
}

function textOf({ example, ...schema }: Json): fc.Arbitrary<string> {
  const any = textWithin(schema);
  if (typeof example !== 'string') return any;
  return fc.oneof({ weight: 1, arbitrary: any }, { weight: 2, arbitrary: fc.constant(example) });
}

function textWithin({ format, pattern }: Json): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  if (format === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
      .map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  return fc.string({ minLength: 1, maxLength: 120 });
}

/** Mostly what the arbitrary gives, and else anything at all. */
export function anyOr(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: ANY_TEXT },
  );
}
