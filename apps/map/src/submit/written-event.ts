import type { Submission } from '../api/api-client.js';

/** As the API takes a status code in text; of anything else, such as `007`, it says itself what is wrong. */
const CANONICAL = /^(0|-?[1-9]\d{0,9})$/;

/** The event that somebody has written, nothing of it changed: what is sent is what is seen. Empty fields are not sent. */
export function submissionOf(name: string, code: string): Submission {
  const statusCode = CANONICAL.test(code) ? Number(code) : code;
  return { ...(name === '' ? {} : { name }), ...(code === '' ? {} : { status_code: statusCode }) };
}
