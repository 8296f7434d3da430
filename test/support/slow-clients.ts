import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { atTestEnd } from './at-test-end.js';

/** Time between two bytes. */
const DRIP_EVERY_MS = 1_000;

/** Connections on which a request's headers come byte by byte and without end, until the server has had enough. */
export class SlowClients {
  private readonly open = new Set<Socket>();

  private constructor() {}

  /** Returns when all of them have begun. They end with the test. */
  static async start(url: string, count: number): Promise<SlowClients> {
    const clients = new SlowClients();
    await Promise.all(Array.from({ length: count }, () => clients.add(Number(new URL(url).port))));
    const dripping = setInterval(() => clients.drip(), DRIP_EVERY_MS);
    atTestEnd(async () => {
      clearInterval(dripping);
      for (const socket of clients.open) socket.destroy();
    });
    return clients;
  }

  /** How many the server has let go on. */
  get openCount(): number {
    return this.open.size;
  }

  private async add(port: number): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => this.open.delete(socket));
    await once(socket, 'connect');
    this.open.add(socket);
    // A connection ends only for those who read.
    socket.resume();
    socket.write('POST /event/submit/ HTTP/1.1\r\nHost: whence\r\nX-Slow: ');
  }

  private drip(): void {
    for (const socket of this.open) socket.write('x');
  }
}
