import type { ValueTransformer } from 'typeorm';

/**
 * Times are kept as milliseconds since 1970 in BIGINT columns: the same on every database and in every time zone, and
 * cheap to bucket. mysql2 hands BIGINT out as text.
 */
export const epochMs: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};
