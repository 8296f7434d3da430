import { queryMariaDb } from './mariadb-database.js';
import type { MariaDbServer } from './mariadb-server.js';
import { openDatabase } from './open-database.js';
import { ownMariaDbServer } from './own-servers.js';
import { TcpProxy } from './tcp-proxy.js';

/** Makes a server refuse the writes of all accounts but root's, or take them again. */
export async function setReadOnly(mariaDb: { readonly url: string }, on: boolean): Promise<void> {
  await queryMariaDb(mariaDb.url, `SET GLOBAL read_only = ${Number(on)}`);
}

/** Two servers with Whence's empty schema, and a name that leads to the first until it is told otherwise. */
export class Failover {
  private constructor(
    readonly old: MariaDbServer,
    /** A database on the second server. */
    readonly nextUrl: string,
    /** The same by name. */
    readonly url: string,
    readonly name: TcpProxy,
  ) {}

  static async start(): Promise<Failover> {
    const [old, next] = [await ownMariaDbServer(), await ownMariaDbServer()];
    const byName = new URL(await old.createDatabase());
    await queryMariaDb(next.url, `CREATE DATABASE \`${byName.pathname.slice(1)}\``);
    // What a client has connected to stays, as with a name that leads elsewhere from now on.
    const name = await TcpProxy.start(new URL(old.url));
    byName.port = String(name.port);
    const nextUrl = new URL(byName);
    nextUrl.port = new URL(next.url).port;
    await openDatabase(nextUrl.href);
    return new Failover(old, nextUrl.href, byName.href, name);
  }

  /** The first server only reads from now on; the name still leads there. */
  demote(): Promise<void> {
    return setReadOnly(this.old, true);
  }

  /** New connections go to the second server. */
  promote(): void {
    this.name.leadTo(new URL(this.nextUrl));
  }
}
