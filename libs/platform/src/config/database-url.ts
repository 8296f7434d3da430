import { z } from 'zod';

/** Where the events are kept: a SQLite file (":memory:" for a throw-away one) or a MySQL or MariaDB server. */
export type DatabaseLocation =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'mysql'; readonly url: string };

/** Reads `sqlite:PATH` or `mysql://user:password@host:port/database`; the database's name is required. */
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
  return complete ? { kind: 'mysql', url: text } : null;
}
