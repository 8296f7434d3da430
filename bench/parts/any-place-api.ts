import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '../measure/zipf.js';

const SEED = 20_261_126;
const COUNTRIES = ['US', 'BR', 'GB', 'DE', 'NG', 'ZA', 'IN', 'CN', 'JP', 'AU'];

/** A Geolocation API that knows a place of every address at once: somewhere that people live. */
export class AnyPlaceApi {
  private constructor(
    readonly urlTemplate: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<AnyPlaceApi> {
    const random = seededRandom(SEED);
    const server = createServer((_request, response) => {
      const index = Math.floor(random() * COUNTRIES.length);
      const place = {
        country_code: COUNTRIES[index],
        city: `City ${Math.floor(random() * 2_000)}`,
        latitude: Math.round((random() * 110 - 45) * 1e4) / 1e4,
        longitude: Math.round((random() * 340 - 170) * 1e4) / 1e4,
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(place));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async () => {
      server.closeAllConnections();
      server.close();
    };
    return new AnyPlaceApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}/{ip}`, stop);
  }
}
