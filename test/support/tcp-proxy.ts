import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { atTestEnd } from './at-test-end.js';

interface Target {
  readonly hostname: string;
  readonly port: string;
}

/**
 * A proxy on a loopback port that does to what goes through it what a broken network does. And it can lead elsewhere, as a
 * name does that is given to another machine.
 */
export class TcpProxy {
  private isSwallowing = false;
  private answersTakeMs = 0;
  /** Nothing that comes from them arrives any more. */
  private readonly silent = new WeakSet<Socket>();
  private readonly sockets = new Set<Socket>();
  private readonly clients = new Set<Socket>();
  private readonly server: Server;
  private boundPort = 0;
  private ended = 0;

  private constructor(private target: Target) {
    this.server = createServer((near) => this.pass(near));
  }

  /** Closed when the test ends. */
  static async start(target: Target): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.listen();
    atTestEnd(async () => {
      proxy.reset();
      proxy.server.close();
    });
    return proxy;
  }

  get port(): number {
    return this.boundPort;
  }

  /** How many connections it has ended on purpose. */
  get connectionsEnded(): number {
    return this.ended;
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

  /**
   * From now on nothing arrives any more in either direction, and nothing is closed. When the proxy goes on, connections of
   * before are forgotten, and reset.
   */
  swallow(): void {
    this.isSwallowing = true;
  }

  /**
   * Lets new connections through again. Those of before stay silent for ever, and nobody is told: as when a firewall on the
   * way has forgotten them.
   */
  goOnForNew(): void {
    this.ended += this.clients.size;
    for (const socket of this.sockets) this.silent.add(socket);
    this.isSwallowing = false;
  }

  /** How much longer than without the proxy an answer takes from now on. */
  slowDown(answersTakeMs: number): void {
    this.answersTakeMs = answersTakeMs;
  }

  /** Ends every connection with a reset; new ones are let through. */
  reset(): void {
    this.ended += this.clients.size;
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Ends every connection with a reset, and refuses new ones. */
  refuse(): void {
    this.server.close();
    this.reset();
  }

  /** Lets everything through again. */
  async goOn(): Promise<void> {
    if (this.isSwallowing) await this.forget();
    this.isSwallowing = false;
    if (!this.server.listening) await this.listen();
  }

  /** Resets all connections, and returns when a client in this process has noticed, too. */
  private async forget(): Promise<void> {
    const closed = [...this.sockets].map((socket) => once(socket, 'close'));
    this.reset();
    await Promise.allSettled(closed);
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async listen(): Promise<void> {
    const listening = once(this.server, 'listening');
    this.server.listen(this.boundPort, '127.0.0.1');
    await listening;
    this.boundPort = (this.server.address() as AddressInfo).port;
  }

  private pass(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    this.clients.add(near);
    this.forward(near, far, () => 0);
    this.forward(far, near, () => this.answersTakeMs);
  }

  private forward(from: Socket, to: Socket, takesMs: () => number): void {
    this.sockets.add(from);
    const isHeard = () => !this.isSwallowing && !this.silent.has(from);
    const pass = (data: Buffer) => isHeard() && to.write(data);
    from.on('data', (data) => (takesMs() === 0 ? pass(data) : setTimeout(pass, takesMs(), data)));
    from.on('error', () => {});
    from.on('close', () => {
      this.sockets.delete(from);
      const isLost = [from, to].every((socket) => !this.clients.delete(socket));
      if (isHeard() && !isLost) setTimeout(() => to.destroy(), takesMs());
    });
  }
}
