import { createHash } from 'node:crypto';

/** What stands between the quotes of a tag may hold commas, so a list of tags cannot be split at them. */
const QUOTED = /"[\x21\x23-\x7e\x80-\xff]*"/g;

/** The entity tag of an answer's text. Weak, so that it stays true of an answer that a proxy compresses. */
export function entityTagOf(text: string): string {
  return `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/**
 * Whether an If-None-Match (`*`, or a list of tags) names the tag, by the weak comparison that RFC 9110, 13.1.2 asks for:
 * `W/` makes no difference. A header that is neither names nothing.
 */
export function isNamedIn(ifNoneMatch: string, tag: string): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const quoted = tag.replace(/^W\//, '');
  return ifNoneMatch.match(QUOTED)?.some((named) => named === quoted) ?? false;
}
