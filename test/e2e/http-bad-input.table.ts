import type { HttpRequest } from './http-client.js';

/** What is wrong, the request, and its answer: status, code, and the fields that `errors` names, each once; those of a batch as `index:field`. */
export type Refusal = readonly [what: string, HttpRequest, status: number, code: string, fields: readonly string[]];

const JSON_TYPE = { 'content-type': 'application/json' };
const NAME = '"name":"x"';
const UNKNOWN_ID = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

export const to = (method: string, path: string, body?: string | Buffer, headers = {}): HttpRequest => ({
  method,
  path,
  headers: { ...(body === undefined ? {} : JSON_TYPE), ...headers },
  ...(body === undefined ? {} : { body }),
});
const get = (path: string, headers = {}) => to('GET', path, undefined, headers);
export const submit = (body: string | Buffer, headers = {}) => to('POST', '/event/submit/', body, headers);
const retry = (body: string) => to('POST', '/location/retry/', body);
const chunked = (body: string): HttpRequest => ({ ...submit(body), chunked: true });
const asType = (type: string, body = `{${NAME}}`) => submit(body, { 'content-type': type });
const attributes = (json: string) => submit(`{${NAME},"attributes":${json}}`);
const occurredAt = (json: string) => submit(`{${NAME},"occurred_at":${json}}`);
const manyKeys = (count: number) => JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n, n])));
/** `{"a":"…"}` of so many bytes. */
const attributesOf = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes - 8) });
const bodyOf = (bytes: number) => `{${NAME}}`.padEnd(bytes);

export const INVALID = [400, 'validation_failed'] as const;
export const MALFORMED = [400, 'malformed_json', ['body']] as const;
export const UNSUPPORTED = [415, 'unsupported_media_type'] as const;

export const REFUSED_SUBMISSIONS: readonly Refusal[] = [
  // Partial data: either may be missing or null, not both.
  ['neither name nor status_code', submit('{}'), ...INVALID, ['name', 'status_code']],
  ['both null', submit('{"name":null,"status_code":null}'), ...INVALID, ['name', 'status_code']],
  ['one null, one missing', submit('{"status_code":null}'), ...INVALID, ['name', 'status_code']],
  ['only optional fields', submit('{"attributes":{"a":1}}'), ...INVALID, ['name', 'status_code']],

  // name: 1 to 120 characters, counted as code points, not only blanks.
  ['empty name', submit('{"name":""}'), ...INVALID, ['name']],
  ['name of spaces', submit('{"name":"   "}'), ...INVALID, ['name']],
  ['name of tabs and line ends', submit('{"name":"\\t\\r\\n"}'), ...INVALID, ['name']],
  ['name of ideographic spaces', submit('{"name":"\u3000\u3000"}'), ...INVALID, ['name']],
  ['name of no-break and thin spaces', submit('{"name":"\u00a0\u2009"}'), ...INVALID, ['name']],
  ['name of 121 letters', submit(`{"name":"${'n'.repeat(121)}"}`), ...INVALID, ['name']],
  ['name of 121 emoji', submit(`{"name":"${'😀'.repeat(121)}"}`), ...INVALID, ['name']],
  ['name of 120 letters and a blank', submit(`{"name":"${'n'.repeat(120)} "}`), ...INVALID, ['name']],
  ['name a number', submit('{"name":5}'), ...INVALID, ['name']],
  ['name a boolean', submit('{"name":false,"status_code":2}'), ...INVALID, ['name']],
  ['name an object', submit('{"name":{"first":"x"}}'), ...INVALID, ['name']],
  ['name an object with a constructor', submit('{"name":{"constructor":"x"}}'), ...INVALID, ['name']],
  ['name an array', submit('{"name":["x"]}'), ...INVALID, ['name']],
  ['name with a lone high surrogate', submit('{"name":"a\\ud800"}'), ...INVALID, ['name']],
  ['name with a lone low surrogate', submit('{"name":"\\udc00b"}'), ...INVALID, ['name']],
  ['bad name beside a good status_code', submit('{"name":"","status_code":2}'), ...INVALID, ['name']],

  // status_code: a 32-bit signed integer, or the same as a canonical decimal string.
  ['status_code "2.0"', submit('{"status_code":"2.0"}'), ...INVALID, ['status_code']],
  ['status_code "+2"', submit('{"status_code":"+2"}'), ...INVALID, ['status_code']],
  ['status_code "007"', submit('{"status_code":"007"}'), ...INVALID, ['status_code']],
  ['status_code " 2"', submit('{"status_code":" 2"}'), ...INVALID, ['status_code']],
  ['status_code "2 "', submit('{"status_code":"2 "}'), ...INVALID, ['status_code']],
  ['status_code "2" and a line end', submit('{"status_code":"2\\n"}'), ...INVALID, ['status_code']],
  ['status_code ""', submit('{"status_code":""}'), ...INVALID, ['status_code']],
  ['status_code "" beside a good name', submit(`{${NAME},"status_code":""}`), ...INVALID, ['status_code']],
  ['status_code "1e3"', submit('{"status_code":"1e3"}'), ...INVALID, ['status_code']],
  ['status_code "0x10"', submit('{"status_code":"0x10"}'), ...INVALID, ['status_code']],
  ['status_code "-0"', submit('{"status_code":"-0"}'), ...INVALID, ['status_code']],
  ['status_code "-"', submit('{"status_code":"-"}'), ...INVALID, ['status_code']],
  ['status_code "٢" (Arabic two)', submit('{"status_code":"٢"}'), ...INVALID, ['status_code']],
  ['status_code "two"', submit('{"status_code":"two"}'), ...INVALID, ['status_code']],
  ['status_code 2.5', submit('{"status_code":2.5}'), ...INVALID, ['status_code']],
  ['status_code 2147483648', submit('{"status_code":2147483648}'), ...INVALID, ['status_code']],
  ['status_code -2147483649', submit('{"status_code":-2147483649}'), ...INVALID, ['status_code']],
  ['status_code "2147483648"', submit('{"status_code":"2147483648"}'), ...INVALID, ['status_code']],
  ['status_code "-2147483649"', submit('{"status_code":"-2147483649"}'), ...INVALID, ['status_code']],
  ['status_code 1e999', submit('{"status_code":1e999}'), ...INVALID, ['status_code']],
  ['status_code true', submit('{"status_code":true}'), ...INVALID, ['status_code']],
  ['status_code []', submit('{"status_code":[]}'), ...INVALID, ['status_code']],
  ['status_code [2]', submit('{"status_code":[2]}'), ...INVALID, ['status_code']],
  ['status_code with a constructor', submit('{"status_code":{"constructor":1}}'), ...INVALID, ['status_code']],
  ['status_code {}', submit('{"status_code":{}}'), ...INVALID, ['status_code']],

  // Unknown body fields are refused by name.
  ['an unknown field', submit(`{${NAME},"severity":"high"}`), ...INVALID, ['severity']],
  ['a known field in other letters', submit(`{${NAME},"statusCode":2}`), ...INVALID, ['statusCode']],
  ['a field that only answers have', submit(`{${NAME},"source_ip":"8.8.8.8"}`), ...INVALID, ['source_ip']],
  ['__proto__', submit(`{${NAME},"__proto__":{"a":1}}`), ...INVALID, ['__proto__']],
  ['constructor', submit(`{${NAME},"constructor":{"prototype":{}}}`), ...INVALID, ['constructor']],
  ['toString', submit(`{${NAME},"toString":"x"}`), ...INVALID, ['toString']],
  ['an unknown field with a constructor', submit(`{${NAME},"x":{"constructor":1}}`), ...INVALID, ['x']],
  ['an empty field name', submit(`{${NAME},"":1}`), ...INVALID, ['']],
  [
    'several faults, all of them named',
    submit('{"name":"","status_code":"x","occurred_at":1,"attributes":[],"first":1,"second":2}'),
    ...INVALID,
    ['name', 'status_code', 'occurred_at', 'attributes', 'first', 'second'],
  ],

  // attributes: a flat object of strings, finite numbers, booleans; 50 keys, 4 KiB.
  ['attributes text', attributes('"a"'), ...INVALID, ['attributes']],
  ['attributes an array', attributes('["a"]'), ...INVALID, ['attributes']],
  ['attributes a number', attributes('1'), ...INVALID, ['attributes']],
  ['an object as value', attributes('{"a":{"b":1}}'), ...INVALID, ['attributes']],
  ['a constructor in an object as value', attributes('{"a":{"constructor":1}}'), ...INVALID, ['attributes']],
  ['an object as constructor', attributes('{"constructor":{"name":"Map"}}'), ...INVALID, ['attributes']],
  ['an array as value', attributes('{"a":[1]}'), ...INVALID, ['attributes']],
  ['null as value', attributes('{"a":null}'), ...INVALID, ['attributes']],
  ['1e999 as value', attributes('{"a":1e999}'), ...INVALID, ['attributes']],
  ['a lone surrogate in a value', attributes('{"a":"\\ud800"}'), ...INVALID, ['attributes']],
  ['a lone surrogate in a key', attributes('{"\\udfff":1}'), ...INVALID, ['attributes']],
  ['__proto__ as key', attributes('{"__proto__":"x"}'), ...INVALID, ['attributes']],
  ['__proto__ with an object', attributes('{"__proto__":{"a":1}}'), ...INVALID, ['attributes']],
  ['51 keys', attributes(manyKeys(51)), ...INVALID, ['attributes']],
  ['4,097 bytes', attributes(attributesOf(4097)), ...INVALID, ['attributes']],
  ['1,400 characters of 3 bytes', attributes(`{"a":"${'語'.repeat(1400)}"}`), ...INVALID, ['attributes']],

  // occurred_at: RFC 3339.
  ['a time without offset', occurredAt('"2026-11-23T18:00:00"'), ...INVALID, ['occurred_at']],
  ['a date', occurredAt('"2026-11-23"'), ...INVALID, ['occurred_at']],
  ['a blank instead of T', occurredAt('"2026-11-23 18:00:00Z"'), ...INVALID, ['occurred_at']],
  ['30 February', occurredAt('"2026-02-30T18:00:00Z"'), ...INVALID, ['occurred_at']],
  ['29 February of no leap year', occurredAt('"2026-02-29T18:00:00Z"'), ...INVALID, ['occurred_at']],
  ['a leap second', occurredAt('"2026-12-31T23:59:60Z"'), ...INVALID, ['occurred_at']],
  ['24 o’clock', occurredAt('"2026-11-23T24:00:00Z"'), ...INVALID, ['occurred_at']],
  ['an offset without colon', occurredAt('"2026-11-23T18:00:00+0100"'), ...INVALID, ['occurred_at']],
  ['blanks around it', occurredAt('" 2026-11-23T18:00:00Z"'), ...INVALID, ['occurred_at']],
  ['milliseconds since 1970', occurredAt('1795456800000'), ...INVALID, ['occurred_at']],
  ['an empty time', occurredAt('""'), ...INVALID, ['occurred_at']],
  ['a boolean time', occurredAt('true'), ...INVALID, ['occurred_at']],
  ['an array with a constructor as time', occurredAt('[{"constructor":1}]'), ...INVALID, ['occurred_at']],
  ['an object as time', occurredAt('{}'), ...INVALID, ['occurred_at']],

  // A body that is no JSON object.
  ['a truncated body', submit('{"name":"x"'), ...MALFORMED],
  ['a trailing comma', submit('{"name":"x",}'), ...MALFORMED],
  ['NaN', submit('{"status_code":NaN}'), ...MALFORMED],
  ['single quotes', submit("{'name':'x'}"), ...MALFORMED],
  ['a comment', submit('{"name":"x"} // y'), ...MALFORMED],
  ['two objects', submit('{"name":"x"}{"name":"y"}'), ...MALFORMED],
  ['a byte order mark', submit('\ufeff{"name":"x"}'), ...MALFORMED],
  ['UTF-16', submit(Buffer.from('{"name":"x"}', 'utf16le')), ...MALFORMED],
  ['bytes that are no UTF-8', submit(Buffer.from('{"name":"\xe9"}', 'latin1')), ...MALFORMED],
  ['an overlong encoding', submit(Buffer.from('{"name":"\xc0\xaf"}', 'latin1')), ...MALFORMED],
  ['a line end inside text', submit('{"name":"a\nb"}'), ...MALFORMED],
  ['an empty body', submit(''), ...MALFORMED],
  ['an empty body in chunks', chunked(''), ...MALFORMED],
  ['a body of blanks', submit('  \n'), ...MALFORMED],
  ['10,000 brackets', submit('['.repeat(10_000)), ...MALFORMED],
  ['10,000 nested objects', submit('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000)), ...MALFORMED],
  ['an array at the top', submit(`[{${NAME}}]`), ...INVALID, ['body']],
  ['text at the top', submit('"x"'), ...INVALID, ['body']],
  ['a number at the top', submit('2'), ...INVALID, ['body']],
  ['null at the top', submit('null'), ...INVALID, ['body']],
  ['no body and no content type', to('POST', '/event/submit/'), ...INVALID, ['body']],

  // Only JSON in UTF-8, not encoded, up to 32 KiB.
  ['no content type', { ...submit(`{${NAME}}`), headers: {} }, ...UNSUPPORTED, ['Content-Type']],
  ['text/plain', asType('text/plain'), ...UNSUPPORTED, ['Content-Type']],
  ['a form', asType('application/x-www-form-urlencoded', 'name=x'), ...UNSUPPORTED, ['Content-Type']],
  ['multipart', asType('multipart/form-data; boundary=b', '--b--'), ...UNSUPPORTED, ['Content-Type']],
  ['JSON in latin1', asType('application/json; charset=latin1'), ...UNSUPPORTED, ['Content-Type']],
  ['JSON in UTF-16', asType('application/json; charset=utf-16'), ...UNSUPPORTED, ['Content-Type']],
  ['application/jsonp', asType('application/jsonp'), ...UNSUPPORTED, ['Content-Type']],
  ['no media type at all', asType('json'), ...UNSUPPORTED, ['Content-Type']],
  ['gzip', submit(`{${NAME}}`, { 'content-encoding': 'gzip' }), ...UNSUPPORTED, ['Content-Encoding']],
  ['32,769 bytes', submit(bodyOf(32_769)), 413, 'payload_too_large', ['body']],
  ['32,769 bytes in chunks', chunked(bodyOf(32_769)), 413, 'payload_too_large', ['body']],
  ['a declared length of 5 MB', submit('', { 'content-length': '5000000' }), 413, 'payload_too_large', ['body']],

  // Unknown query parameters.
  ['a query parameter', to('POST', '/event/submit/?dry_run=1', `{${NAME}}`), ...INVALID, ['dry_run']],
  ['a field as query parameter', to('POST', '/event/submit?name=x', `{${NAME}}`), ...INVALID, ['name']],
];

export const REFUSED_READS: readonly Refusal[] = [
  ['no UUID as task_id', get('/event/not-a-uuid/'), ...INVALID, ['task_id']],
  ['a task_id with a blank', get(`/event/${UNKNOWN_ID}%20/`), ...INVALID, ['task_id']],
  ['a NUL as task_id', get('/event/%00/'), ...INVALID, ['task_id']],
  ['a query parameter with a task_id', get(`/event/${UNKNOWN_ID}/?fields=name`), ...INVALID, ['fields']],
  ['an unknown task_id', get(`/event/${UNKNOWN_ID}/`), 404, 'event_not_found', []],

  // limit: 1 to 1000, never clamped.
  ['limit 0', get('/event/?limit=0'), ...INVALID, ['limit']],
  ['limit -1', get('/event/?limit=-1'), ...INVALID, ['limit']],
  ['limit 1001', get('/event/?limit=1001'), ...INVALID, ['limit']],
  ['limit abc', get('/event/?limit=abc'), ...INVALID, ['limit']],
  ['limit 1.5', get('/event/?limit=1.5'), ...INVALID, ['limit']],
  ['limit 1e2', get('/event/?limit=1e2'), ...INVALID, ['limit']],
  ['limit 050', get('/event/?limit=050'), ...INVALID, ['limit']],
  ['limit empty', get('/event/?limit='), ...INVALID, ['limit']],
  ['limit without a value', get('/event/?limit'), ...INVALID, ['limit']],
  ['limit twice', get('/event/?limit=5&limit=5'), ...INVALID, ['limit']],

  // Unknown and repeated query parameters are refused by name.
  ['an unknown query parameter', get('/event/?offset=10'), ...INVALID, ['offset']],
  ['limit[]', get('/event/?limit[]=5'), ...INVALID, ['limit[]']],
  ['an order that is none', get('/event/?order=newest'), ...INVALID, ['order']],
  ['a NUL in a name to filter by', get('/event/?name=a%00'), ...INVALID, ['name']],
  ['a NUL in a prefix', get('/event/?name_prefix=a%00'), ...INVALID, ['name_prefix']],
  ['a NUL in a city', get('/event/stats/?by=name&city=London,%00'), ...INVALID, ['city']],
  ['an empty prefix', get('/event/?name_prefix='), ...INVALID, ['name_prefix']],
  ['an empty city', get('/event/?city=London,'), ...INVALID, ['city']],
  ['a range beyond 32 bits', get('/event/?source_ip=81.2.69.0/33'), ...INVALID, ['source_ip']],
  ['a leap second from', get('/event/?received_from=2026-12-31T23:59:60Z'), ...INVALID, ['received_from']],
  ['a day without a time', get('/event/?received_from=2026-11-23'), ...INVALID, ['received_from']],
  ['a box of three', get('/event/?bbox=1,2,3'), ...INVALID, ['bbox']],
  ['a box upside down', get('/event/?bbox=0,2,1,1'), ...INVALID, ['bbox']],
  [
    'an end before the beginning',
    get('/event/?received_from=2026-11-23T18:00:00Z&received_to=2026-11-23T17:00:00Z'),
    ...INVALID,
    ['received_to'],
  ],
  ['__proto__ as query parameter', get('/event/?__proto__=1'), ...INVALID, ['__proto__']],
  ['a filter twice', get('/event/?status_code=1&status_code=2'), ...INVALID, ['status_code']],
  ['two faults', get('/event/?limit=0&page=2'), ...INVALID, ['limit', 'page']],
  ['broken percent encoding in a value', get('/event/?name=%zz'), ...INVALID, ['name']],
  ['bytes that are no UTF-8 in a value', get('/event/?name=caf%e9'), ...INVALID, ['name']],

  ['a cursor that is none', get('/event/?cursor=garbage'), ...INVALID, ['cursor']],
  ['an empty cursor', get('/event/?cursor='), ...INVALID, ['cursor']],
  ['a task_id as cursor', get(`/event/?cursor=${UNKNOWN_ID}`), ...INVALID, ['cursor']],
  ['an unknown location_status', get('/event/?location_status=foo'), ...INVALID, ['location_status']],
  ['one good location_status, one bad', get('/event/?location_status=located,foo'), ...INVALID, ['location_status']],
  ['an empty location_status', get('/event/?location_status='), ...INVALID, ['location_status']],
  ['country_code in small letters', get('/event/?country_code=gb'), ...INVALID, ['country_code']],
  ['a country_code of three letters', get('/event/?country_code=GBR'), ...INVALID, ['country_code']],
  ['a trailing comma in country_code', get('/event/?country_code=GB,'), ...INVALID, ['country_code']],
  ['an empty name', get('/event/?name='), ...INVALID, ['name']],
  ['a name of blanks', get('/event/?name=%20+'), ...INVALID, ['name']],
  ['a name of 121 letters', get(`/event/?name=${'n'.repeat(121)}`), ...INVALID, ['name']],
  ['status_code abc', get('/event/?status_code=abc'), ...INVALID, ['status_code']],
  ['status_code 2.0', get('/event/?status_code=2.0'), ...INVALID, ['status_code']],
  ['status_code with a blank', get('/event/?status_code=1,%202'), ...INVALID, ['status_code']],
];

export const REFUSED_RETRIES: readonly Refusal[] = [
  ['no body', to('POST', '/location/retry/'), ...INVALID, ['body']],
  ['an array', retry('[]'), ...INVALID, ['body']],
  ['location_status pending', retry('{"location_status":"pending"}'), ...INVALID, ['location_status']],
  ['several statuses', retry('{"location_status":"failed,located"}'), ...INVALID, ['location_status']],
  ['a list of statuses', retry('{"location_status":["failed"]}'), ...INVALID, ['location_status']],
  ['country_code in small letters', retry('{"country_code":"gb"}'), ...INVALID, ['country_code']],
  ['country_code of failed events', retry('{"country_code":"GB"}'), ...INVALID, ['country_code']],
  [
    'looked_up_before of unlocatable events',
    retry('{"location_status":"unlocatable","looked_up_before":"2026-11-23T18:00:00Z"}'),
    ...INVALID,
    ['looked_up_before'],
  ],
  [
    'a date for a time',
    retry('{"location_status":"located","looked_up_before":"2026-11-23"}'),
    ...INVALID,
    ['looked_up_before'],
  ],
  ['a number for a time', retry('{"received_from":1795456800000}'), ...INVALID, ['received_from']],
  ['a time that no clock shows', retry('{"received_to":"2026-11-23T25:00:00Z"}'), ...INVALID, ['received_to']],
  ['dry_run as text', retry('{"dry_run":"true"}'), ...INVALID, ['dry_run']],
  ['an unknown field', retry('{"status":"failed"}'), ...INVALID, ['status']],
  ['two faults', retry('{"dry_run":1,"country_code":7}'), ...INVALID, ['country_code', 'dry_run']],
  ['a query parameter', to('POST', '/location/retry/?dry_run=true', '{}'), ...INVALID, ['dry_run']],
  ['broken JSON', retry('{'), ...MALFORMED],
  [
    'text/plain',
    to('POST', '/location/retry/', '{}', { 'content-type': 'text/plain' }),
    ...UNSUPPORTED,
    ['Content-Type'],
  ],
];

export const REFUSED_PATHS: readonly Refusal[] = [
  ['an unknown path', get('/nowhere/'), 404, 'not_found', []],
  ['a path below a task_id', get(`/event/${UNKNOWN_ID}/location`), 404, 'not_found', []],
  ['two slashes at the end', get('/event//'), 404, 'not_found', []],
  ['a path in capitals', get('/EVENT/'), 404, 'not_found', []],
  ['an unknown path with a good body', to('POST', '/nowhere', `{${NAME}}`), 404, 'not_found', []],
  ['an unknown path with a bad body', to('POST', '/nowhere', '{'), 404, 'not_found', []],
  ['%zz in the path', get('/event/%zz/'), 400, 'malformed_request', []],
  ['a task_id of 5,000 letters', get(`/event/${'a'.repeat(5000)}`), 400, 'malformed_request', []],
  ['headers of 20,000 bytes', get('/event/', { 'x-filler': 'a'.repeat(20_000) }), 431, 'headers_too_large', []],
];

/** Method, path, the methods that `Allow` names. Methods with a body come with one that is not even JSON. */
export const WRONG_METHODS: readonly (readonly [method: string, path: string, allow: string])[] = [
  ['GET', '/event/submit/', 'POST'],
  ['HEAD', '/event/submit/', 'POST'],
  ['DELETE', '/event/submit/', 'POST'],
  ['OPTIONS', '/event/submit/', 'POST'],
  ['GET', '/event/submit', 'POST'],
  ['PUT', '/event/submit/', 'POST'],
  ['PATCH', '/event/submit/', 'POST'],
  ['GET', '/event/submit/batch/', 'POST'],
  ['PUT', '/event/submit/batch', 'POST'],
  ['GET', '/location/retry/', 'POST'],
  ['POST', '/event/', 'GET, HEAD, DELETE'],
  ['PUT', '/event/', 'GET, HEAD, DELETE'],
  ['POST', `/event/${UNKNOWN_ID}/`, 'GET, HEAD, DELETE'],
  ['POST', '/health/live', 'GET, HEAD'],
  ['DELETE', '/health', 'GET, HEAD'],
  ['POST', '/metrics', 'GET, HEAD'],
  ['TRACE', '/event/', 'GET, HEAD, DELETE'],
  ['PROPFIND', '/event/submit/', 'POST'],
  ['QUERY', '/event/stats/', 'GET, HEAD'],
];

/** At the very edge of what is refused: 4,096 bytes of attributes, 50 keys, a body of 32,768 bytes. */
export const JUST_ACCEPTED: readonly (readonly [what: string, HttpRequest])[] = [
  ['a key of 255 characters', submit(`{${NAME}}`, { 'idempotency-key': 'k'.repeat(255) })],
  ['a key of one character', submit(`{${NAME}}`, { 'idempotency-key': '~' })],
  ['a key with blanks and commas', submit(`{${NAME}}`, { 'idempotency-key': 'a, "b" c' })],
  ['50 attributes', attributes(manyKeys(50))],
  ['attributes of 4,096 bytes', attributes(attributesOf(4096))],
  ['a body of 32,768 bytes', submit(bodyOf(32_768))],
  ['a body of 32,768 bytes in chunks', chunked(bodyOf(32_768))],
  ['an expectation that nobody knows', submit(`{${NAME}}`, { expect: '200-maybe' })],
  ['32 levels of brackets inside text', submit(JSON.stringify({ name: '[{'.repeat(40) }))],
];
