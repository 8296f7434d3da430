import { describe, expect, it } from 'vitest';
import { ApiError, type FieldFault } from '../api/api-error.js';
import { refusalTexts } from './refusal-texts.js';

const invalid = (...faults: FieldFault[]) =>
  new ApiError(400, 'validation_failed', 'The request is not valid: see status_code.', faults);

describe('the texts of a refusal', () => {
  const fault = { field: 'status_code', message: 'expected an integer' };

  it('say each thing once: at its field', () => {
    const { text, atFields } = refusalTexts(invalid(fault), true);
    expect(atFields).toEqual([fault]);
    expect(text).not.toContain('status_code');
  });

  it('or, where the form has no such field, together', () => {
    const other = { field: 'attributes', message: 'expected an object' };
    expect(refusalTexts(invalid(fault, other), true).text).toMatch(/field\. attributes: expected an object$/);
    expect(refusalTexts(invalid(other), true)).toEqual({
      text: 'The request is not valid: see status_code. attributes: expected an object',
      atFields: [],
    });
  });

  it('speak of the key, and not of headers, where none was sent', () => {
    const unauthenticated = new ApiError(401, 'unauthenticated', 'Send an API key in the header X-API-Key.');
    expect(refusalTexts(unauthenticated, false).text).toMatch(/^Sending needs an API key/);
    expect(refusalTexts(unauthenticated, true).text).toBe('Send an API key in the header X-API-Key.');
  });
});
