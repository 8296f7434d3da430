import { z } from 'zod';

/** Where the events are kept: a SQLite file (":memory:" for a throw-away one) or a MySQL or MariaDB server. */
export type DatabaseLocation =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'mysql'; readonly url: string };

/** How a connection to a server is encrypted: checked against the usual authorities, or those of Amazon RDS. */
const ENCRYPTIONS = ['true', 'Amazon RDS'] as const;

/**
 * Reads `sqlite:PATH` or `mysql://user:password@host:port/database`; the database's name is required. A server's may end with
 * `?ssl=true` or `?ssl=Amazon%20RDS`; what nobody would heed is refused.
 */
export const databaseUrl: z.ZodType<DatabaseLocation, string> = z.string().transform((text, context) => {
  const location = parseDatabaseUrl(text);
  if (location === null) {
    context.addIssue({ code: 'custom', message: 'neither sqlite:PATH nor mysql://…' });
    return z.NEVER;
  }
  return location;
});

function parseDatabaseUrl(text: string): DatabaseLocation | null {
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length);
    return path === '' || path.startsWith('//') ? null : { kind: 'sqlite', path };
  }
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const complete = url.protocol === 'mysql:' && url.hostname !== '' && url.pathname.length > 1;
  const understood = [...url.searchParams].every(([name]) => name === 'ssl') && encryptionsIn(url).every(isEncryption);
  return complete && understood && encryptionsIn(url).length <= 1 ? { kind: 'mysql', url: text } : null;
}

/** Of the connection to a server, as its url says; null where it is not encrypted. */
export function encryptionOf(url: string): (typeof ENCRYPTIONS)[number] | null {
  return encryptionsIn(new URL(url)).find(isEncryption) ?? null;
}

function encryptionsIn(url: URL): string[] {
  return url.searchParams.getAll('ssl');
}

function isEncryption(text: string): text is (typeof ENCRYPTIONS)[number] {
  return (ENCRYPTIONS as readonly string[]).includes(text);
}
