import { describe, expect, it } from 'vitest';
import { DomainError, validationFailed } from './domain-error.js';
import { errorBody } from './error-body.js';

describe('errorBody', () => {
  it('tells a client which fields to mend', () => {
    const faults = [{ field: 'name', message: 'expected text' }];
    expect(errorBody(validationFailed(faults), 400, 'r-1')).toEqual({
      status: 'fail',
      data: {
        code: 'validation_failed',
        message: 'The request is not valid: see name.',
        errors: faults,
        request_id: 'r-1',
      },
    });
  });

  it('has an empty list where no field is to blame', () => {
    expect(errorBody(new DomainError('not_found', 'Nothing.'), 499, 'r-2')).toMatchObject({ data: { errors: [] } });
  });

  it('tells of a failure of ours the code and the message only, even where the error has details', () => {
    const error = new DomainError('internal_error', 'Sorry.', { errors: [{ field: 'x', message: 'y' }], cause: 'z' });
    expect(errorBody(error, 500, 'r-3')).toEqual({
      status: 'error',
      code: 'internal_error',
      message: 'Sorry.',
      request_id: 'r-3',
    });
  });
});

describe('validationFailed', () => {
  it('names each field once in its message', () => {
    const faults = ['name', 'name', 'limit'].map((field) => ({ field, message: 'wrong' }));
    const error = validationFailed(faults);
    expect(error.message).toBe('The request is not valid: see name, limit.');
    expect(error.details.errors).toEqual(faults);
  });
});
