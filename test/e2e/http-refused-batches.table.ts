import { INVALID, MALFORMED, type Refusal, submit, to, UNSUPPORTED } from './http-bad-input.table.js';

const MIB = 1024 * 1024;
const NAME = '"name":"x"';
const GOOD = `{${NAME}}`;

const batch = (body: string | Buffer, headers = {}) => to('POST', '/event/submit/batch/', body, headers);
const ndjson = (body: string | Buffer, type = 'application/x-ndjson') => batch(body, { 'content-type': type });
const keyed = (key: string) => submit(GOOD, { 'idempotency-key': key });
const KEY_REFUSED = [...INVALID, ['Idempotency-Key']] as const;

export const REFUSED_KEYS: readonly Refusal[] = [
  ['an empty key', keyed(''), ...KEY_REFUSED],
  ['a key of blanks', keyed('   '), ...KEY_REFUSED],
  ['a key of 256 characters', keyed('k'.repeat(256)), ...KEY_REFUSED],
  ['a key beyond ASCII', keyed('clé'), ...KEY_REFUSED],
  ['a tab in a key', keyed('a\tb'), ...KEY_REFUSED],
  ['two keys', submit(GOOD, { 'idempotency-key': ['a', 'a'] }), ...KEY_REFUSED],
  ['an empty key of a batch', batch(`{"events":[${GOOD}]}`, { 'idempotency-key': '' }), ...KEY_REFUSED],
];

export const REFUSED_BATCHES: readonly Refusal[] = [
  // One event that is not valid refuses all.
  ['a bad name among good ones', batch(`{"events":[${GOOD},{"name":""},${GOOD}]}`), ...INVALID, ['1:name']],
  [
    'faults in several events, all of them named',
    batch(`{"events":[{"status_code":"x","name":7},${GOOD},{"attributes":[],${NAME}},{}]}`),
    ...INVALID,
    ['0:name', '0:status_code', '2:attributes', '3:name', '3:status_code'],
  ],
  ['an unknown field of an event', batch(`{"events":[${GOOD},{${NAME},"severity":1}]}`), ...INVALID, ['1:severity']],
  ['__proto__ in an event', batch(`{"events":[{${NAME},"__proto__":{"a":1}}]}`), ...INVALID, ['0:__proto__']],
  [
    'what is no object',
    batch('{"events":[null,[],"x",7,true]}'),
    ...INVALID,
    [0, 1, 2, 3, 4].map((n) => `${n}:events`),
  ],
  [
    'an event within an event',
    batch(`{"events":[{"events":[${GOOD}]}]}`),
    ...INVALID,
    ['0:events', '0:name', '0:status_code'],
  ],

  // The list.
  ['no events', batch('{}'), ...INVALID, ['events']],
  ['events null', batch('{"events":null}'), ...INVALID, ['events']],
  ['events an object', batch(`{"events":{"0":${GOOD}}}`), ...INVALID, ['events']],
  ['events text', batch('{"events":"[]"}'), ...INVALID, ['events']],
  ['an empty list', batch('{"events":[]}'), ...INVALID, ['events']],
  ['5,001 events', batch(`{"events":[${Array(5001).fill(GOOD).join()}]}`), ...INVALID, ['events']],
  ['an unknown field beside the list', batch(`{"events":[${GOOD}],"atomic":true}`), ...INVALID, ['atomic']],
  ['a single event', batch(GOOD), ...INVALID, ['name', 'events']],
  ['a list at the top', batch(`[${GOOD}]`), ...INVALID, ['body']],
  ['no body', to('POST', '/event/submit/batch/'), ...INVALID, ['body']],
  ['broken JSON', batch(`{"events":[${GOOD},]}`), ...MALFORMED],
  ['an empty body', batch(''), ...MALFORMED],
  ['33 levels', batch(`{"events":[{${NAME},"attributes":${'['.repeat(30)}${']'.repeat(30)}}]}`), ...MALFORMED],
  ['more than 5 MiB', batch(`{"events":[${GOOD}]}`.padEnd(5 * MIB + 1)), 413, 'payload_too_large', ['body']],

  // NDJSON.
  ['lines that are no JSON', ndjson(`${GOOD}\n{"name":\n${GOOD}\nx`), ...INVALID, ['1:events', '3:events']],
  [
    'lines that are no object',
    ndjson('1\n[]\nnull\n"x"\n'),
    ...INVALID,
    ['0:events', '1:events', '2:events', '3:events'],
  ],
  ['two objects on one line', ndjson(`${GOOD}${GOOD}`), ...INVALID, ['0:events']],
  ['an object on two lines', ndjson('{"name":\n"x"}'), ...INVALID, ['0:events', '1:events']],
  ['indices that do not count blank lines', ndjson(`\n \n${GOOD}\n\r\n{"name":""}`), ...INVALID, ['1:name']],
  ['a list in NDJSON', ndjson(`{"events":[${GOOD}]}`), ...INVALID, ['0:events', '0:name', '0:status_code']],
  ['a byte order mark', ndjson(`\ufeff${GOOD}\n${GOOD}`), ...INVALID, ['0:events']],
  ['40 levels on a line', ndjson(`${GOOD}\n{"a":${'['.repeat(40)}${']'.repeat(40)}}`), ...INVALID, ['1:events']],
  ['nothing in NDJSON', ndjson(''), ...INVALID, ['events']],
  ['only blank lines', ndjson('\n \n\r\n'), ...INVALID, ['events']],
  ['5,001 lines', ndjson(`${GOOD}\n`.repeat(5001)), ...INVALID, ['events']],
  ['a million lines', ndjson('1\n'.repeat(1_000_000)), ...INVALID, ['events']],
  ['bytes that are no UTF-8', ndjson(Buffer.from('{"name":"\xe9"}\n', 'latin1')), ...MALFORMED],
  ['NDJSON of more than 5 MiB', ndjson(GOOD.padEnd(5 * MIB + 1, '\n')), 413, 'payload_too_large', ['body']],

  // Only JSON and NDJSON, in UTF-8; NDJSON and large bodies only here.
  ['text/plain', batch(GOOD, { 'content-type': 'text/plain' }), ...UNSUPPORTED, ['Content-Type']],
  ['NDJSON in latin1', ndjson(GOOD, 'application/x-ndjson; charset=latin1'), ...UNSUPPORTED, ['Content-Type']],
  ['application/ndjson', ndjson(GOOD, 'application/ndjson'), ...UNSUPPORTED, ['Content-Type']],
  ['gzip', batch(`{"events":[${GOOD}]}`, { 'content-encoding': 'gzip' }), ...UNSUPPORTED, ['Content-Encoding']],
  [
    'NDJSON elsewhere',
    submit(`${GOOD}\n`, { 'content-type': 'application/x-ndjson' }),
    ...UNSUPPORTED,
    ['Content-Type'],
  ],
  ['a query parameter', to('POST', '/event/submit/batch/?atomic=1', `{"events":[${GOOD}]}`), ...INVALID, ['atomic']],
];
