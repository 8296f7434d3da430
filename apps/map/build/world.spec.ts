import { geoArea, geoContains } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { describe, expect, it } from 'vitest';
import { makeWorld, type WorldName } from './world.js';

/** All that places have, of the databases of IP addresses: ISO 3166-1, and XK. */
const CODES = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF ' +
  'CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH ' +
  'GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW ' +
  'KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG ' +
  'NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN ' +
  'SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE ' +
  'YT ZA ZM ZW'
).split(' ');

/** The map has no Antarctica. */
const WITHOUT_SHAPE = ['AQ'];

const PLACES: Readonly<Record<string, readonly [code: string, longitude: number, latitude: number]>> = {
  Paris: ['FR', 2.35, 48.86],
  Cayenne: ['GF', -52.5, 4.5],
  'Pointe-à-Pitre': ['GP', -61.6, 16.2],
  'Fort-de-France': ['MQ', -61, 14.65],
  'the middle of Réunion': ['RE', 55.5, -21.1],
  Mamoudzou: ['YT', 45.15, -12.85],
  Longyearbyen: ['SJ', 16, 78.3],
  Tromsø: ['NO', 19.2, 69.2],
  Kralendijk: ['BQ', -68.27, 12.2],
  Pristina: ['XK', 21.16, 42.66],
  Belgrade: ['RS', 20.46, 44.3],
  Nicosia: ['CY', 33, 34.95],
  Famagusta: ['CY', 33.6, 35.25],
  Hargeisa: ['SO', 44.06, 9.56],
  Mogadishu: ['SO', 45.2, 2.2],
};

describe.each<WorldName>(['world:110m', 'world:50m'])('the countries of %s', (name) => {
  const world = makeWorld(name);
  const topology = world as unknown as Topology<{ countries: GeometryCollection }>;
  const { features } = feature(topology, topology.objects.countries);

  it('have a shape for every code that places have, but for a listed one', () => {
    const shaped = new Set(features.map(({ id }) => id));
    expect(CODES.filter((code) => !shaped.has(code))).toEqual(WITHOUT_SHAPE);
    expect([...shaped].filter((code) => code !== undefined && !CODES.includes(String(code)))).toEqual([]);
  });

  it('have an area, and none all of the world but itself', () => {
    expect(features.filter((each) => !(geoArea(each) > 0 && geoArea(each) < 1)).map(({ id }) => id)).toEqual([]);
  });

  it.each(Object.entries(PLACES))('have %s where events from there are counted', (_place, [code, ...place]) => {
    expect(features.findLast((each) => geoContains(each, place))?.id).toBe(code);
  });
});
