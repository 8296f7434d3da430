import { beginChild, during, failSpan, type Span } from '#libs/platform';
import { type AskForRight, type GeoIpAnswer, GeoIpClient, type RequestRight } from './geo-ip-client.js';
import { resultOf } from './measured-geo-ip-client.js';

/**
 * Another client, of whose lookups traces tell how long each waited for its right and how long the request took. Not what was
 * asked, nor where: the address of a request is a part of its URL. The API itself is told nothing of the trace.
 */
export class TracedGeoIpClient extends GeoIpClient {
  constructor(private readonly client: GeoIpClient) {
    super();
  }

  override async lookup(address: string, signal: AbortSignal, askForRight: AskForRight): Promise<GeoIpAnswer> {
    let request: Span | undefined;
    const askAndWatch: AskForRight = async (prepare) => {
      const right = await during(beginChild('lookup.permit'), () => askForRight(prepare));
      return right === null ? null : watched(right, (begun) => (request = begun));
    };
    try {
      const answer = await this.client.lookup(address, signal, askAndWatch);
      request?.setAttribute('whence.lookup.result', resultOf(answer));
      if (answer.kind === 'transient') failSpan(request, answer.code);
      return answer;
    } catch (error) {
      failSpan(request, error);
      throw error;
    } finally {
      request?.end();
    }
  }

  override close(): Promise<void> {
    return this.client.close();
  }
}

/** The request is written right after its right has not lapsed: nothing comes in between. A span that is not ended is not told. */
function watched(right: RequestRight, leaves: (request: Span | undefined) => void): RequestRight {
  return {
    hasLapsed: () => {
      const attributes = { 'http.request.method': 'GET', 'peer.service': 'geolocation-api' };
      const begun = beginChild('GET geolocation', { kind: 'client', attributes });
      if (right.hasLapsed()) return true;
      leaves(begun);
      return false;
    },
    departed: () => right.departed(),
  };
}
