import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
interface Content {
  readonly content?: Record<string, { readonly schema?: Json }>;
}
interface Operation {
  readonly requestBody?: Content;
  readonly responses: Record<string, Content>;
}
interface OpenApiDocument extends Json {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Json> };
}

/** The committed contract. */
export const OPENAPI = JSON.parse(
  readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'),
) as OpenApiDocument;

/** Refused before or beside the operations, which therefore need not list these. */
const OF_NO_OPERATION = [405, 431];

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...asJsonSchema({ components: OPENAPI.components }) });
const validators = new Map<Json, ValidateFunction>();

/**
 * Fails when an answer is not as openapi.json describes it: a status that the operation does not list, a body that its
 * schema refuses, or one with more fields than the schema names.
 */
export function assertDocumented(
  request: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly text: string },
): void {
  const operation = operationOf(request.method, request.path);
  const responses = operation?.responses ?? {};
  const documented = responses[answer.status];
  const call = `${request.method} ${request.path.slice(0, 80)}: ${answer.status}`;
  const isListed = documented !== undefined || OF_NO_OPERATION.includes(answer.status);
  if (operation !== undefined && !isListed) {
    throw new Error(`${call} is not documented, only ${Object.keys(responses).join(', ')}; the body is ${answer.text}`);
  }
  const isRefusal = answer.status >= 400 && answer.status < 500;
  const schema = schemaOf(documented) ?? (isRefusal ? { $ref: '#/components/schemas/FailDto' } : undefined);
  if (schema !== undefined && request.method !== 'HEAD') assertValid(schema, JSON.parse(answer.text), call);
}

/** Fails when the document's schema of an operation's body refuses the value. */
export function assertDocumentedBody(method: string, path: string, value: unknown): void {
  const schema = schemaOf(operationOf(method, path)?.requestBody);
  if (schema === undefined) throw new Error(`no body is documented for ${method} ${path}`);
  assertValid(schema, value, `body of ${method} ${path}`);
}

/** The schema as it stands in the document, a reference resolved. */
export function documentedSchema(name: string): Json {
  const schema = OPENAPI.components.schemas[name];
  if (schema === undefined) throw new Error(`the document has no schema ${name}`);
  return schema;
}

/** The operations of the document, such as "GET /event/{task_id}". */
export const OPERATION_NAMES: readonly string[] = Object.entries(OPENAPI.paths).flatMap(([template, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${template}`),
);

/** Which of OPERATION_NAMES a request asks for, HEAD for what its GET does; none where the document has no such operation. */
export function operationNameOf(method: string, path: string): string | undefined {
  const template = templateOf(path);
  const name = `${method === 'HEAD' ? 'GET' : method} ${template}`;
  return OPERATION_NAMES.includes(name) ? name : undefined;
}

function operationOf(method: string, path: string): Operation | undefined {
  const template = templateOf(path);
  return template === undefined ? undefined : OPENAPI.paths[template]?.[method.toLowerCase()];
}

function templateOf(path: string): string | undefined {
  const plain = path.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');
  const templates = Object.keys(OPENAPI.paths);
  const matching = templates.find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  );
  return templates.find((template) => template === plain) ?? matching;
}

function schemaOf(content: Content | undefined): Json | undefined {
  return content?.content?.['application/json']?.schema;
}

function assertValid(schema: Json, value: unknown, what: string): void {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(asJsonSchema(schema));
    validators.set(schema, validate);
  }
  if (validate(value)) return;
  throw new Error(
    `${what} breaks openapi.json: ${ajv.errorsText(validate.errors)}; the body is ${JSON.stringify(value)}`,
  );
}

/**
 * OpenAPI 3.0 in the words of JSON Schema: references go to the document, `nullable` allows null whatever stands beside
 * it (3.0.0 says no more), and an object that names its properties has no others.
 */
function asJsonSchema<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((entry) => asJsonSchema<unknown>(entry)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, example: _example, ...rest } = value as Json;
  const schema: Json = {};
  for (const [key, entry] of Object.entries(rest)) schema[key] = asJsonSchema(entry);
  if (typeof schema['$ref'] === 'string') schema['$ref'] = schema['$ref'].replace(/^#/, 'openapi#');
  if (typeof schema['properties'] === 'object') schema['additionalProperties'] ??= false;
  return (nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema) as Value;
}
