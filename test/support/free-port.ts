import { createServer, type AddressInfo } from 'node:net';

const ATTEMPTS = 3;

/**
 * Calls `start` with a TCP port that was free a moment ago on 127.0.0.1. Neither MariaDB nor Redis can pick a port
 * themselves and tell it, so another process may be quicker: then `start` fails, and gets another port, three in all.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === ATTEMPTS || !/in use/i.test(String(error))) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
