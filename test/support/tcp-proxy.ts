import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atTestEnd } from './at-test-end.js';

interface Target {
  readonly hostname: string;
  readonly port: string;
}

/**
 * A proxy on a loopback port that can swallow what goes through it, as a broken network does: nothing is closed. And it can
 * lead elsewhere, as a name does that is given to another machine.
 */
export class TcpProxy {
  private isSwallowing = false;
  private readonly clients = new Set<Socket>();

  private constructor(
    readonly port: number,
    private target: Target,
  ) {}

  /** Closed when the test ends. */
  static async start(target: Target): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    let proxy: TcpProxy | undefined;
    const isSwallowing = () => proxy?.isSwallowing === true;
    const server = createServer((near) => {
      const { port, hostname } = proxy?.target ?? target;
      const far = connect(Number(port), hostname);
      proxy?.clients.add(near);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('data', (data) => isSwallowing() || to.write(data));
        from.on('error', () => {});
        from.on('close', () => {
          if (proxy?.clients.delete(near) === true && !isSwallowing()) to.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    atTestEnd(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (proxy = new TcpProxy((server.address() as AddressInfo).port, target));
  }

  /** Connections from now on; others stay as they are. */
  leadTo(target: Target): void {
    this.target = target;
  }

  /** Ends all connections; the server is not told, as when a machine on the way is gone. */
  loseClients(): void {
    for (const client of this.clients) client.destroy();
    this.clients.clear();
  }

  swallow(): void {
    this.isSwallowing = true;
  }

  goOn(): void {
    this.isSwallowing = false;
  }
}
