import { ApiPropertyOptional, type OpenAPIObject } from '@nestjs/swagger';
import { type AddressRange, parseAddressRange } from '#libs/geolocation';
import { CheckedBy, type FaultOf } from '#libs/platform';
import { columnTextFault } from '../domain/column-text.js';
import { LOCATION_STATUSES, type LocationStatus } from '../domain/event.js';
import type { EventFilter } from '../domain/event-filter.js';
import { eventNameFault } from '../domain/event-name.js';
import { isBeforeRfc3339, readRfc3339Bound, TIME_EXPECTED } from '../domain/rfc3339-time.js';
import { readStatusCode, STATUS_CODE_EXPECTED } from '../domain/status-code.js';
import { readBoundingBox } from './bounding-box.js';
import { separateValues } from './separate-values.js';

const MOST_VALUES = 50;
const ANY_LENGTH = { min: 1, max: MOST_VALUES };
const LONGEST_CITY = 200;
const TIME_FORM =
  'RFC 3339, without leap seconds. Events are received in whole milliseconds; a time between two of them is exact.';
const BOX_EXPECTED =
  'expected west,south,east,north in degrees, such as -11,50,2,59: longitudes from -180 to 180, latitudes from -90 to 90, ' +
  'south not beyond north';
const ANY_STATUS = LOCATION_STATUSES.join(', ');

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** Documents a parameter of several values. The composition root adds that they come with commas, as all lists do. */
function ListProperty(items: Schema, description: string, length: { min: number; max: number } = ANY_LENGTH) {
  const most = length === ANY_LENGTH ? ` ${MOST_VALUES} values at most.` : '';
  const { min: minItems, max: maxItems } = length;
  return ApiPropertyOptional({ type: 'array', items, minItems, maxItems, description: description + most });
}

/** A rule for a parameter that may be missing. */
function ifGiven(isRight: (value: string) => boolean, expected: string): FaultOf {
  return (given) => (given === undefined || (typeof given === 'string' && isRight(given)) ? null : expected);
}

/** A rule for a parameter that takes several values with commas; each must pass, and none may be empty. */
function eachValue(isRight: (value: string) => boolean, expected: string): FaultOf {
  const areRight = (given: string) => {
    const values = separateValues(given);
    return values.length <= MOST_VALUES && values.every((value) => value !== '' && isRight(value));
  };
  return ifGiven(areRight, `${expected}; ${MOST_VALUES} values at most`);
}

/** The rule, and for what passes it that a column can hold it. */
function asColumnText(faultOf: FaultOf): FaultOf {
  return (given, query) => faultOf(given, query) ?? (typeof given === 'string' ? columnTextFault(given) : null);
}

const isTime = ifGiven((given) => readRfc3339Bound(given) !== null, `${TIME_EXPECTED}; + in a query is written %2B`);

/** Both ends are times, and the second is not before the first. */
function endFault(given: unknown, query: Record<string, unknown>): string | null {
  const fault = isTime(given, query);
  const from = query['received_from'];
  const isReversed = typeof from === 'string' && typeof given === 'string' && isBeforeRfc3339(given, from);
  return fault ?? (isReversed ? 'expected a time that is not before received_from' : null);
}

/** The filters that all queries of events have. They combine: an event has to meet all of them. */
export class EventFilterQuery {
  @ListProperty({ type: 'string', enum: [...LOCATION_STATUSES] }, 'Any of these.')
  @CheckedBy(
    eachValue(
      (value) => (LOCATION_STATUSES as readonly string[]).includes(value),
      `expected any of ${ANY_STATUS}, several with commas`,
    ),
  )
  location_status?: string;

  @ListProperty(
    { type: 'string', pattern: '^[A-Z]{2}$', example: 'GB' },
    'Any of these: ISO 3166-1 alpha-2 in capitals.',
  )
  @CheckedBy(eachValue((value) => /^[A-Z]{2}$/.test(value), 'expected country codes such as GB or GB,IE'))
  country_code?: string;

  @ListProperty(
    { type: 'string', minLength: 1, maxLength: LONGEST_CITY },
    'Any of these: exact names of cities. A comma within a name is written \\, and a backslash \\\\.',
  )
  @CheckedBy(
    asColumnText(
      eachValue((value) => [...value].length <= LONGEST_CITY, 'expected names of cities, several with commas'),
    ),
  )
  city?: string;

  @ApiPropertyOptional({ type: String, description: 'The exact name.' })
  @CheckedBy((given) => (given === undefined ? null : eventNameFault(given)))
  name?: string;

  @ApiPropertyOptional({ type: String, description: 'What the name begins with.' })
  @CheckedBy(
    asColumnText(
      ifGiven((given) => [...given].length >= 1 && [...given].length <= 120, 'expected 1 to 120 characters'),
    ),
  )
  name_prefix?: string;

  @ListProperty({ type: 'integer', format: 'int32' }, 'Any of these status codes.')
  @CheckedBy(eachValue((value) => readStatusCode(value) !== null, `${STATUS_CODE_EXPECTED}; several with commas`))
  status_code?: string;

  @ListProperty(
    { type: 'string', example: '81.2.69.0/24' },
    'In any of these: addresses, or ranges of them in CIDR form. What is kept of an address is compared: see source_ip of the event.',
  )
  @CheckedBy(
    eachValue(
      (value) => parseAddressRange(value) !== null,
      'expected an IP address or CIDR range such as 81.2.69.142 or 2a00:1450::/32, several with commas',
    ),
  )
  source_ip?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: `Received at this time or later. ${TIME_FORM}`,
  })
  @CheckedBy(isTime)
  received_from?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: `Received before this time. ${TIME_FORM}` })
  @CheckedBy(endFault)
  received_to?: string;

  @ListProperty(
    { type: 'number', minimum: -180, maximum: 180 },
    'west,south,east,north in degrees, such as -11,50,2,59: located within, edges included. West beyond east crosses ' +
      'the antimeridian.',
    { min: 4, max: 4 },
  )
  @CheckedBy(ifGiven((given) => readBoundingBox(given) !== null, BOX_EXPECTED))
  bbox?: string;
}

/** The filter that a checked query means; the same filter has one form however it is written. */
export function eventFilterFrom(query: EventFilterQuery): EventFilter {
  const given: { [Key in keyof EventFilter]: EventFilter[Key] | undefined } = {
    locationStatus: valuesOf(query.location_status) as LocationStatus[] | undefined,
    countryCode: valuesOf(query.country_code),
    city: valuesOf(query.city),
    name: query.name,
    namePrefix: query.name_prefix,
    statusCode: valuesOf(query.status_code)?.map(Number),
    sourceIp: rangesOf(query.source_ip),
    receivedFromMs: timeOf(query.received_from),
    receivedToMs: timeOf(query.received_to),
    bbox: query.bbox === undefined ? undefined : (readBoundingBox(query.bbox) ?? undefined),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Sorted and without repeats. */
function valuesOf(given: string | undefined): string[] | undefined {
  return given === undefined ? undefined : [...new Set(separateValues(given))].sort();
}

function rangesOf(given: string | undefined): AddressRange[] | undefined {
  const ranges = valuesOf(given)?.flatMap((value) => parseAddressRange(value) ?? []);
  const byText = new Map(ranges?.map((range) => [`${range.from} ${range.to}`, range]));
  return ranges === undefined
    ? undefined
    : [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, range]) => range);
}

function timeOf(given: string | undefined): number | undefined {
  return given === undefined ? undefined : (readRfc3339Bound(given) ?? undefined);
}
