import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atTestEnd } from './at-test-end.js';

/** A proxy on a loopback port that can swallow what goes through it, as a broken network does: nothing is closed. */
export class TcpProxy {
  private isSwallowing = false;

  private constructor(readonly port: number) {}

  /** Closed when the test ends. */
  static async start(target: { readonly hostname: string; readonly port: string }): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    let isSwallowing = () => false;
    const server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('data', (data) => isSwallowing() || to.write(data));
        from.on('error', () => {});
        from.on('close', () => isSwallowing() || to.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atTestEnd(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const proxy = new TcpProxy((server.address() as AddressInfo).port);
    isSwallowing = () => proxy.isSwallowing;
    return proxy;
  }

  swallow(): void {
    this.isSwallowing = true;
  }

  goOn(): void {
    this.isSwallowing = false;
  }
}
