const GZIP = /^(x-)?gzip$/;

/** The weight from 0 to 1; 0 for one that is none. */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.map((parameter) => /^q=(.*)$/i.exec(parameter)?.[1]).find((found) => found !== undefined);
  if (weight === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
}

/**
 * Whether an Accept-Encoding header allows gzip and does not prefer the plain body (RFC 9110, section 12.5.3). What names
 * gzip itself counts more than `*`. Without the header: no.
 */
export function acceptsGzip(header: string | undefined): boolean {
  const weights = new Map<string, number>();
  for (const entry of header?.toLowerCase().split(',') ?? []) {
    const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
    weights.set(GZIP.test(coding) ? 'gzip' : coding, weightOf(parameters));
  }
  const gzip = weights.get('gzip') ?? weights.get('*') ?? 0;
  return gzip > 0 && gzip >= (weights.get('identity') ?? 0);
}
