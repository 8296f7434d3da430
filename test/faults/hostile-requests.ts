import fc from 'fast-check';
import { OPENAPI } from '../e2e/http-openapi.js';
import { ANY_TEXT, DEEP_JSON, BROKEN_JSON, HUGE_NUMBERS, fromSchema, anyOr, type Json } from './hostile-values.js';

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
