import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from '#libs/platform';

/** The address the service should listen on cannot be had. */
export class ListenError extends Error {}

/**
 * Listens, and returns the url without a trailing slash.
 * @throws ListenError naming the settings
 */
export async function listen(
  app: NestFastifyApplication,
  { host, port }: Pick<Settings, 'host' | 'port'>,
): Promise<string> {
  try {
    await app.listen({ host: oneAddressOf(host), port });
  } catch (error) {
    const reason = (error as { code?: string }).code === 'EADDRINUSE' ? 'is in use' : (error as Error).message;
    throw new ListenError(`PORT: ${port} on ${host} ${reason}. Set another PORT, or HOST.`, { cause: error });
  }
  const bound = app.getHttpServer().address() as AddressInfo;
  const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `http://${shownHost}:${bound.port}`;
}

/**
 * For `localhost` Fastify would make a server for each of its addresses: what is done to the first, such as closing its
 * connections at the stop, is not done to the others.
 */
function oneAddressOf(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}
