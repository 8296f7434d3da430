import fc from 'fast-check';
import type { EventLocation, StoredEvent } from '../../libs/events/src/domain/event.js';
import { eventNameFault } from '../../libs/events/src/domain/event-name.js';

/** Characters on which databases differ: case, accents, blanks, NUL (refused in names, kept in attributes), quotes, escapes, astral, direction, line ends. */
const TRICKY = [
  'a',
  'A',
  'e',
  'é',
  'É',
  'e\u0301',
  'ß',
  'ı',
  'İ',
  ' ',
  '\u00a0',
  '\t',
  '\n',
  '\r\n',
  '\0',
  "'",
  '"',
  '`',
];
const TRICKIER = [
  '\\',
  '%',
  '_',
  '?',
  '$1',
  ':a',
  '--',
  '🛰',
  '👩‍👩‍👧‍👦',
  '𝔘',
  '\u{10ffff}',
  '\ufeff',
  '\u202e',
  '\uffff',
  'ￜ',
];

const trickyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.oneof(fc.constantFrom(...TRICKY, ...TRICKIER), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
    maxLength,
  });

const wellFormed = (text: string): boolean => text.isWellFormed();

/** Every name that submitting accepts, up to 120 characters of four bytes each. */
export const anyName: fc.Arbitrary<string> = fc
  .oneof(trickyText(30), fc.constantFrom('🛰'.repeat(120), `x${' '.repeat(119)}`, `${' '.repeat(119)}x`))
  .filter((name) => eventNameFault(name) === null);

const anyNumber = fc
  .oneof(
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53 + 2, -(2 ** 53), 0.1 + 0.2, 1e21, 1e-7),
  )
  .map((number) => number + 0); // JSON has no -0

const anyAttributes = fc.dictionary(
  trickyText(8).filter((key) => wellFormed(key) && key !== '__proto__'),
  fc.oneof(trickyText(20).filter(wellFormed), anyNumber, fc.boolean()),
  { maxKeys: 8, noNullPrototype: true },
);

/** Every time that RFC 3339 can tell, years 0000 to 9999. */
const anyTime = fc.oneof(
  fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2100, 0) }),
  fc.constantFrom(-62_167_219_200_000, -1, 0, 1, 253_402_300_799_999),
);

/** A place's texts; an answer with NUL in one is taken for a bad answer. */
const anyText = fc.option(trickyText(20).filter((text) => wellFormed(text) && !text.includes('\0')));

/** Degrees to a centimetre. Not any double: of numbers as small as 1e-200 SQLite reads the last digit wrongly. */
const anyDegrees = (most: number): fc.Arbitrary<number | null> =>
  fc.option(fc.integer({ min: -most * 1e7, max: most * 1e7 }).map((units) => units / 1e7 + 0));

const anyLocation: fc.Arbitrary<EventLocation> = fc.oneof(
  fc.constant<EventLocation>({ status: 'pending' }),
  fc.record<EventLocation & { status: 'located' }>({
    status: fc.constant('located'),
    place: fc.record({
      countryCode: fc.option(fc.constantFrom('GB', 'NL', 'JP')),
      country: anyText,
      region: anyText,
      city: anyText,
      latitude: anyDegrees(90),
      longitude: anyDegrees(180),
      timezone: anyText,
    }),
    source: fc.constant('geoip-api'),
    lookedUpAtMs: anyTime,
  }),
  fc.record<EventLocation & { status: 'unlocatable' }>({
    status: fc.constant('unlocatable'),
    code: fc.constantFrom('private_address', 'documentation_address', 'not_found'),
    attempts: fc.constantFrom(0, 1),
  }),
  fc.record<EventLocation & { status: 'failed' }>({
    status: fc.constant('failed'),
    code: fc.constantFrom('rejected', 'timeout', 'bad_answer'),
    attempts: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    nextAttemptAtMs: fc.option(anyTime),
  }),
);

/** Every event that the service may come to store, but for its id: each attempt to store it needs one of its own. */
export const anyEvent: fc.Arbitrary<Omit<StoredEvent, 'taskId'>> = fc.record({
  receivedAtMs: anyTime,
  name: fc.option(anyName),
  statusCode: fc.option(fc.oneof(fc.integer(), fc.constantFrom(0, -(2 ** 31), 2 ** 31 - 1))),
  occurredAtMs: fc.option(anyTime),
  attributes: anyAttributes,
  sourceIp: fc.constantFrom('81.2.69.142', '2a00:1450:4009:80b:ffff:ffff:ffff:ffff'),
  lookupKey: fc.option(fc.constantFrom('81.2.69.142', 'ffff:ffff:ffff:ffff::/64')),
  location: anyLocation,
});
