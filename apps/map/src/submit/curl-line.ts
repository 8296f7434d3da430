export interface CurlParts {
  readonly url: string;
  readonly body: object;
  /** Null where the address of whoever runs the line counts. */
  readonly sourceIp: string | null;
  readonly needsKey: boolean;
}

/** The same submission for a shell. The key itself is not in it: such a line is kept in histories and shown to others. */
export function curlLine({ url, body, sourceIp, needsKey }: CurlParts): string {
  const headers = [
    'Content-Type: application/json',
    ...(sourceIp === null ? [] : [`X-Forwarded-For: ${sourceIp}`]),
  ].map((header) => `-H ${quoted(header)}`);
  const key = needsKey ? ['-H "X-API-Key: $WHENCE_KEY"'] : [];
  return [`curl ${quoted(url)}`, ...headers, ...key, `-d ${quoted(JSON.stringify(body))}`].join(' \\\n  ');
}

/** For POSIX shells, in which nothing but the quote itself means anything between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
