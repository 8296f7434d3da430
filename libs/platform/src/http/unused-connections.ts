import type { Server, Socket } from 'node:net';
import { Injectable } from '@nestjs/common';

/**
 * Connections that were opened and on which nothing has come yet, as browsers open them in advance. To Node they are not idle, so
 * that `closeIdleConnections` leaves them, and a server that is to close would wait for them.
 */
@Injectable()
export class UnusedConnections {
  private readonly open = new Set<Socket>();

  /** To be called before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  close(): void {
    for (const socket of this.open) if (socket.bytesRead === 0) socket.destroy();
  }
}
