/** What a cell holds. Null is an empty cell. */
export type CsvValue = string | number | null;

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** What spreadsheets take for the beginning of a formula (OWASP, CSV Injection), in full width too. */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * One record of RFC 4180, with its CRLF. Text that a spreadsheet would run as a formula gets an apostrophe before it;
 * numbers are no text, so a negative one stays what it is.
 */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA_START.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
