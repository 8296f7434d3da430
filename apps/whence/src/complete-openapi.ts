import type { OpenAPIObject } from '@nestjs/swagger';
import { STATUS_BY_ERROR_CODE } from './error-statuses.js';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const NDJSON = 'application/x-ndjson';
const REQUEST_ID = 'X-Request-Id';

/**
 * Adds to the document what is true of all calls, or known to no single lib: that lists in a query come with commas, that
 * every answer has a request id, and which error codes there are. Generators of clients need each of them.
 */
export function completeOpenApi(document: OpenAPIObject): OpenAPIObject {
  const schemas = document.components?.schemas ?? {};
  nameErrorCodes(schemas['FailDataDto'], (status) => status < 500);
  nameErrorCodes(schemas['ErrorDto'], (status) => status >= 500);
  for (const operation of operationsOf(document)) {
    takeListsWithCommas(operation);
    takeNdjsonAsText(operation);
    nameRequestId(operation);
  }
  const headers = { ...document.components?.headers, [REQUEST_ID]: REQUEST_ID_HEADER };
  return { ...document, components: { ...document.components, headers } };
}

const REQUEST_ID_HEADER = {
  required: true,
  description: 'What this request is called in the log: its own X-Request-Id where it has an acceptable one.',
  schema: { type: 'string', example: '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e' },
} as const;

function operationsOf({ paths }: OpenAPIObject): Operation[] {
  return Object.values(paths).flatMap((path) =>
    [path.get, path.post, path.put, path.patch, path.delete].filter((operation) => operation !== undefined),
  );
}

/** The table of codes is known only here. Nobody receives 499. */
function nameErrorCodes(schema: Schema | undefined, isOurs: (status: number) => boolean): void {
  const property = schema !== undefined && 'properties' in schema ? schema.properties?.['code'] : undefined;
  if (property === undefined || '$ref' in property)
    throw new Error('the document has no schema of an error with a code');
  const codes = Object.entries(STATUS_BY_ERROR_CODE).filter(([, status]) => isOurs(status) && status !== 499);
  property.enum = codes.map(([code]) => code);
}

/** Repeated parameters, which OpenAPI takes for granted, are refused. */
function takeListsWithCommas({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if ('$ref' in parameter || parameter.in !== 'query') continue;
    const { schema } = parameter;
    if (schema === undefined || '$ref' in schema || schema.type !== 'array') continue;
    parameter.style = 'form';
    parameter.explode = false;
  }
}

/** Nest gives every media type of a body the schema of its class; that of NDJSON is text. */
function takeNdjsonAsText({ requestBody }: Operation): void {
  if (requestBody === undefined || !('content' in requestBody) || requestBody.content[NDJSON] === undefined) return;
  requestBody.content[NDJSON] = {
    schema: {
      type: 'string',
      description: 'One event a line, as `POST /event/submit` takes it; blank lines are ignored.',
    },
    example: '{"name":"EC2 Instance Offline","status_code":2}\n{"name":"EC2 Instance Online","status_code":0}\n',
  };
}

function nameRequestId({ responses }: Operation): void {
  for (const response of Object.values(responses)) {
    if (response === undefined || '$ref' in response) continue;
    response.headers = { ...response.headers, [REQUEST_ID]: { $ref: `#/components/headers/${REQUEST_ID}` } };
  }
}
