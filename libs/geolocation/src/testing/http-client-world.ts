import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AskForRight, RequestRight } from '../client/geo-ip-client.js';
import { HttpGeoIpClient, type HttpGeoIpClientOptions } from '../client/http-geo-ip-client.js';

/** Long enough never to be reached by a test that does not mean to. */
const NEVER_MS = 60_000;

/** Never lapses, and nobody hears of its departure. */
export const FREE: RequestRight = { hasLapsed: () => false, departed: () => {} };

/** The right to a request at once. */
export const freely: AskForRight = async (prepare) => ((await prepare()) ? FREE : null);

/** Geolocation APIs as a test wants them, and clients of them. */
export class HttpClientWorld {
  private readonly servers: Server[] = [];
  private readonly clients: HttpGeoIpClient[] = [];

  /** A server that listens. */
  async serve(listener: RequestListener): Promise<Server> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    this.servers.push(server);
    await once(server, 'listening');
    return server;
  }

  urlOf(server: Server): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  clientOf(server: Server, options: Partial<HttpGeoIpClientOptions> = {}): HttpGeoIpClient {
    const client = new HttpGeoIpClient({
      urlTemplate: `${this.urlOf(server)}/{ip}`,
      timeoutMs: NEVER_MS,
      concurrency: 10,
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const server of this.servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    for (const client of this.clients.splice(0)) await client.close();
  }
}
