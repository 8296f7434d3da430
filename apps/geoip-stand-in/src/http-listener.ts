import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server can be reached; `url` has no slash at its end. */
export interface Listening {
  url: string;
  port: number;
}

/** Starts and stops a node:http server, with promises. */
export class HttpListener {
  constructor(private readonly server: Server) {}

  /** Rejects with the system's error (EADDRINUSE, ENOTFOUND, …) when the address cannot be had. */
  async listen(port: number, host: string): Promise<Listening> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    const bound = this.server.address() as AddressInfo;
    const urlHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    return { url: `http://${urlHost}:${bound.port}`, port: bound.port };
  }

  /** Stops listening and cuts every connection. Harmless when it never listened or is closed. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
