import type { EventView } from './http-client.js';

/** What is submitted, its body as sent, and what the event fetched holds of it. */
type Accepted = readonly [what: string, body: string, stored: Partial<EventView>];

const NAME = '"name":"x"';
const EMOJI_120 = '😀'.repeat(120);

export const ACCEPTED_SUBMISSIONS: readonly Accepted[] = [
  // Partial data.
  ['only a name', `{${NAME}}`, { name: 'x', status_code: null, attributes: {}, occurred_at: null }],
  ['only a status_code', '{"status_code":2}', { name: null, status_code: 2, attributes: {}, occurred_at: null }],
  ['name and null', `{${NAME},"status_code":null}`, { name: 'x', status_code: null }],
  ['null and status_code', '{"name":null,"status_code":0}', { name: null, status_code: 0 }],
  [
    'null for what is optional',
    `{${NAME},"occurred_at":null,"attributes":null}`,
    { occurred_at: null, attributes: {} },
  ],
  ['both', `{${NAME},"status_code":2}`, { name: 'x', status_code: 2 }],
  ['blanks between tokens', ` \r\n\t{ ${NAME} ,\n"status_code" : 2 } \n`, { name: 'x', status_code: 2 }],

  // status_code as a number and as text.
  ['"2"', '{"status_code":"2"}', { status_code: 2 }],
  ['"-7"', '{"status_code":"-7"}', { status_code: -7 }],
  ['"0"', '{"status_code":"0"}', { status_code: 0 }],
  ['the largest', '{"status_code":2147483647}', { status_code: 2147483647 }],
  ['the smallest', '{"status_code":-2147483648}', { status_code: -2147483648 }],
  ['the largest as text', '{"status_code":"2147483647"}', { status_code: 2147483647 }],
  ['the smallest as text', '{"status_code":"-2147483648"}', { status_code: -2147483648 }],

  // name as it came.
  ['120 letters', `{"name":"${'n'.repeat(120)}"}`, { name: 'n'.repeat(120) }],
  ['120 emoji', `{"name":"${EMOJI_120}"}`, { name: EMOJI_120 }],
  ['blanks around the name', '{"name":"  a  b "}', { name: '  a  b ' }],
  ['a name of many scripts', '{"name":"Ünïcode 漢字 عربي 🇬🇧"}', { name: 'Ünïcode 漢字 عربي 🇬🇧' }],
  ['a name that is not normalised', '{"name":"e\\u0301"}', { name: 'e\u0301' }],
  ['a surrogate pair in escapes', '{"name":"\\ud83d\\ude00"}', { name: '😀' }],
  [
    'quotes and backslashes',
    '{"name":"\'; DROP TABLE event; -- \\\\ \\" %_"}',
    { name: `'; DROP TABLE event; -- \\ " %_` },
  ],
  ['control characters', '{"name":"a\\u0001\\t\\r\\n\\u007fb"}', { name: 'a\u0001\t\r\n\u007fb' }],
  ['a name that looks like null', '{"name":"null"}', { name: 'null' }],
  ['a name that looks like a number', '{"name":"007"}', { name: '007' }],

  // attributes of each type, in their order.
  [
    'attributes of each type',
    `{${NAME},"attributes":{"z":"text","a":-1.5,"m":true,"0":false,"":"","big":1e300,"small":5e-324}}`,
    { attributes: { z: 'text', a: -1.5, m: true, '0': false, '': '', big: 1e300, small: 5e-324 } },
  ],
  ['no attributes', `{${NAME},"attributes":{}}`, { attributes: {} }],
  ['a NUL in an attribute', `{${NAME},"attributes":{"a":"\\u0000b"}}`, { attributes: { a: '\u0000b' } }],
  [
    'an attribute named constructor',
    `{${NAME},"attributes":{"constructor":"x"}}`,
    { attributes: { constructor: 'x' } },
  ],
  [
    'attributes named like what objects have',
    `{${NAME},"attributes":{"toString":1,"hasOwnProperty":true,"then":"x","length":0,"toJSON":"x"}}`,
    { attributes: { toString: 1, hasOwnProperty: true, then: 'x', length: 0, toJSON: 'x' } },
  ],

  // occurred_at becomes UTC with milliseconds.
  ['a time in UTC', `{${NAME},"occurred_at":"2026-11-23T18:00:00Z"}`, { occurred_at: '2026-11-23T18:00:00.000Z' }],
  ['east of UTC', `{${NAME},"occurred_at":"2026-11-23T18:00:00+05:30"}`, { occurred_at: '2026-11-23T12:30:00.000Z' }],
  ['west of UTC', `{${NAME},"occurred_at":"2026-12-31T20:00:00-08:00"}`, { occurred_at: '2027-01-01T04:00:00.000Z' }],
  ['fractions', `{${NAME},"occurred_at":"2026-11-23T18:00:00.1239Z"}`, { occurred_at: '2026-11-23T18:00:00.123Z' }],
  [
    'ten digits',
    `{${NAME},"occurred_at":"2026-11-23T18:00:00.1239999999Z"}`,
    { occurred_at: '2026-11-23T18:00:00.123Z' },
  ],
  ['small letters', `{${NAME},"occurred_at":"2026-11-23t18:00:00z"}`, { occurred_at: '2026-11-23T18:00:00.000Z' }],
  ['a leap day', `{${NAME},"occurred_at":"2024-02-29T00:00:00Z"}`, { occurred_at: '2024-02-29T00:00:00.000Z' }],
  ['before 1970', `{${NAME},"occurred_at":"1815-12-10T12:00:00Z"}`, { occurred_at: '1815-12-10T12:00:00.000Z' }],
];

export const ACCEPTED_CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON; charset="utf-8"',
];

/** X-Forwarded-For as loopback, a trusted proxy, would send it; the source, and why it is not looked up. */
export const UNLOCATABLE_SOURCES: readonly (readonly [forwardedFor: string, sourceIp: string, code: string])[] = [
  ['10.0.0.1', '10.0.0.1', 'private_address'],
  ['172.31.255.255', '172.31.255.255', 'private_address'],
  ['192.168.1.1', '192.168.1.1', 'private_address'],
  ['127.0.0.1', '127.0.0.1', 'loopback_address'],
  ['127.9.9.9', '127.9.9.9', 'loopback_address'],
  ['169.254.1.1', '169.254.1.1', 'link_local_address'],
  ['100.64.0.1', '100.64.0.1', 'shared_address'],
  ['192.0.2.1', '192.0.2.1', 'documentation_address'],
  ['198.51.100.1', '198.51.100.1', 'documentation_address'],
  ['203.0.113.1', '203.0.113.1', 'documentation_address'],
  ['224.0.0.1', '224.0.0.1', 'multicast_address'],
  ['0.0.0.0', '0.0.0.0', 'unspecified_address'],
  ['198.18.0.1', '198.18.0.1', 'reserved_address'],
  ['255.255.255.255', '255.255.255.255', 'reserved_address'],
  ['fc00::1', 'fc00::1', 'private_address'],
  ['fd12:3456::1', 'fd12:3456::1', 'private_address'],
  ['::1', '::1', 'loopback_address'],
  ['fe80::1', 'fe80::1', 'link_local_address'],
  ['2001:db8::1', '2001:db8::1', 'documentation_address'],
  ['ff02::1', 'ff02::1', 'multicast_address'],
  ['::', '::', 'unspecified_address'],
  ['::ffff:10.0.0.1', '10.0.0.1', 'private_address'],
  // What cannot be believed or read leaves the last sure address, which here is the test's own.
  ['', '127.0.0.1', 'loopback_address'],
  ['unknown', '127.0.0.1', 'loopback_address'],
  ['81.2.69.142, unknown', '127.0.0.1', 'loopback_address'],
  ['81.2.69.142.5', '127.0.0.1', 'loopback_address'],
  ['0x51.2.69.142', '127.0.0.1', 'loopback_address'],
  ['81.2.69.142:http', '127.0.0.1', 'loopback_address'],
  ['81.2.69.142, 10.0.0.1', '10.0.0.1', 'private_address'],
];

/** X-Forwarded-For, and the address that is looked up. */
export const LOCATABLE_SOURCES: readonly (readonly [what: string, forwardedFor: string, sourceIp: string])[] = [
  ['an IPv4 address', '81.2.69.142', '81.2.69.142'],
  ['an IPv4 address with a port', '81.2.69.142:54321', '81.2.69.142'],
  ['an IPv6 address', '2a00:1450:4009:80b::200e', '2a00:1450:4009:80b::200e'],
  ['an IPv6 address in brackets', '[2a00:1450:4009:80b::200e]', '2a00:1450:4009:80b::200e'],
  ['an IPv6 address with a port', '[2a00:1450:4009:80b::200e]:443', '2a00:1450:4009:80b::200e'],
  ['an IPv6 address in long form', '2A00:1450:4009:080B:0:0:0:200E', '2a00:1450:4009:80b::200e'],
  ['IPv4 mapped into IPv6', '::ffff:81.2.69.142', '81.2.69.142'],
  ['IPv4 mapped into IPv6 in hexadecimal', '::ffff:5102:458e', '81.2.69.142'],
  ['the right-most of several', '8.8.8.8, 1.1.1.1, 81.2.69.142', '81.2.69.142'],
  ['a trusted proxy to the right', '81.2.69.142,127.0.0.1, ::1', '81.2.69.142'],
  ['what a client made up to the left', 'evil, 81.2.69.142', '81.2.69.142'],
];
