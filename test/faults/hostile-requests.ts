import fc from 'fast-check';
import { OPENAPI } from '../e2e/http-openapi.js';

type Json = Record<string, unknown>;

interface Parameter {
  readonly in: 'query' | 'header' | 'path';
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: Json;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: Json }> };
}

/** A request as bytes would make it, except that what Node's client refuses to send is not in it: raw-requests.ts has that. */
export interface HostileRequest {
  readonly method: string;
  /** With its query, as it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const OPERATIONS = Object.entries(OPENAPI.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation: operation as Operation,
  })),
);
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const MEDIA_TYPES = ['application/x-ndjson', 'text/plain', 'application/json; charset=utf-16', 'a/b', ''];
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
const ANY_TEXT = fc.oneof(AWKWARD_TEXT, fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 40 }));

const HUGE_NUMBERS = fc.constantFrom(
  '1e400',
  '-1e400',
  '1e-400',
  '9'.repeat(1_000),
  '0.' + '1'.repeat(1_000),
  '-0',
  '1E+2',
  '01',
);
const DEEP_JSON = fc.constantFrom(
  '['.repeat(DEEP) + ']'.repeat(DEEP),
  '{"a":'.repeat(DEEP) + '1' + '}'.repeat(DEEP),
  `{"name":"x","attributes":${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}`,
);
const BROKEN_JSON = fc.constantFrom(
  '',
  '{',
  '{"name":',
  '{"name":"x"}}',
  "{'name':'x'}",
  '{"name":"x","name":"y"}',
  '\ufeff{"name":"x"}',
);

/** Values that a schema allows, now and then. */
function fromSchema(schema: Json | undefined): fc.Arbitrary<unknown> {
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
function anyOr(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: right },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: ANY_TEXT },
  );
}

function bodyText(operation: Operation): fc.Arbitrary<string> {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const likely = anyOr(fromSchema(content?.schema)).map((value) => JSON.stringify(value));
  const lines = fc.array(likely, { maxLength: 5 }).map((all) => all.join('\n'));
  const withHugeNumber = HUGE_NUMBERS.map(
    (number) => `{"name":"x","status_code":${number},"attributes":{"a":${number}}}`,
  );
  return fc.oneof(
    { weight: 8, arbitrary: likely },
    { weight: 2, arbitrary: lines },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: DEEP_JSON },
    { weight: 1, arbitrary: BROKEN_JSON },
    { weight: 1, arbitrary: withHugeNumber },
  );
}

/** Some of them are no UTF-8. */
function bodyOf(operation: Operation): fc.Arbitrary<Buffer> {
  const invalid = bodyText(operation).map((text) =>
    Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80])]),
  );
  return fc.oneof(
    { weight: 12, arbitrary: bodyText(operation).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: invalid },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  );
}

/** Half of them have what is required, each once and right. */
function queryOf(operation: Operation): fc.Arbitrary<string> {
  const named = (operation.parameters ?? []).filter(({ in: place }) => place === 'query');
  const required = named.filter((parameter) => parameter.required === true);
  const optional = named.filter((parameter) => parameter.required !== true);
  const right = fc.tuple(...required.map(({ name, schema }) => fromSchema(schema).map((any) => pair(name, any))));
  const complete = fc.tuple(right, severalOf(optional)).map(([first, others]) => [...first, ...others]);
  const texts = required.length === 0 ? severalOf(named) : fc.oneof(complete, severalOf(named));
  return texts.map((all) => (all.every((text) => text === '') ? '' : `?${all.join('&')}`));
}

function severalOf(parameters: readonly Parameter[]): fc.Arbitrary<string[]> {
  const known = parameters.length === 0 ? fc.constant('') : fc.oneof(...parameters.map(parameterText));
  const unknown = fc.tuple(ANY_TEXT, ANY_TEXT).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const raw = fc.constantFrom('%', '&&&', '=', 'limit', 'limit=1&limit=2', 'name[]=x', 'name[a]=x', '?', 'cursor=%00');
  const one = fc.oneof(
    { weight: 8, arbitrary: known },
    { weight: 1, arbitrary: unknown },
    { weight: 1, arbitrary: raw },
  );
  return fc.array(one, { maxLength: parameters.length === 0 ? 1 : 4 });
}

function parameterText({ name, schema }: Parameter): fc.Arbitrary<string> {
  return anyOr(fromSchema(schema)).map((any) => pair(name, any));
}

function pair(name: string, value: unknown): string {
  return `${name}=${encoded(Array.isArray(value) ? value.join(',') : String(value))}`;
}

/** A lone surrogate cannot be encoded; it goes as the bytes that it would have. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
}

function headersOf(operation: Operation): fc.Arbitrary<Record<string, string>> {
  const visible = ANY_TEXT.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());
  const named = (operation.parameters ?? []).filter(({ in: place }) => place === 'header').map(({ name }) => name);
  const names = [
    ...named,
    'Idempotency-Key',
    'X-Forwarded-For',
    'If-None-Match',
    'Last-Event-ID',
    'Accept',
    'Accept-Encoding',
    'Range',
  ];
  const others = fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom(...names), visible, { maxKeys: 3 }));
  const rightTypes = Object.keys(operation.requestBody?.content ?? { 'application/json': {} });
  const type = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...rightTypes) },
    { weight: 1, arbitrary: fc.constantFrom(...MEDIA_TYPES) },
  );
  return fc
    .tuple(others, type)
    .map(([some, contentType]) => ({ ...some, ...(contentType === '' ? {} : { 'Content-Type': contentType }) }));
}

/** Of no event: the one that is there would else be erased before it is asked for. */
const NOBODYS_TASK_ID = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

function pathOf(template: string, taskId: string): fc.Arbitrary<string> {
  const id = fc.oneof(fc.constant(taskId), fc.uuid(), fc.uuid({ version: 7 }), ANY_TEXT.map(encoded));
  const exact = id.map((value) => template.replaceAll(/\{\w+\}/g, () => value));
  const slashed = exact.map((path) => `${path}/`);
  const odd = fc.tuple(exact, ANY_TEXT.map(encoded)).map(([path, more]) => `${path}/${more}`);
  return fc.oneof({ weight: 5, arbitrary: exact }, { weight: 5, arbitrary: slashed }, { weight: 1, arbitrary: odd });
}

/**
 * Requests over every path of openapi.json: mostly nearly right, since those get furthest.
 * @param taskId of an event that is there; some of the requests are for it
 */
export function hostileRequests(taskId: string): fc.Arbitrary<HostileRequest> {
  return fc.constantFrom(...OPERATIONS).chain(({ method, path, operation }) => {
    const methods = fc.oneof(
      { weight: 8, arbitrary: fc.constant(method) },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
    );
    // Of GET no body is looked at; of DELETE it is, and hardly any is right.
    const withBody = { POST: 20, DELETE: 0.2 }[method] ?? 1;
    const body = fc.oneof(
      { weight: 10, arbitrary: fc.constant(null) },
      { weight: 10 * withBody, arbitrary: bodyOf(operation) },
    );
    return fc
      .tuple(
        methods,
        pathOf(path, method === 'DELETE' ? NOBODYS_TASK_ID : taskId),
        queryOf(operation),
        headersOf(operation),
        body,
      )
      .map(([chosen, target, query, headers, content]) => ({
        method: chosen,
        path: target + query,
        headers,
        body: content,
      }));
  });
}
