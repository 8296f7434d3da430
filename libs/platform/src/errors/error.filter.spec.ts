import {
  type ArgumentsHost,
  BadRequestException,
  ForbiddenException,
  ImATeapotException,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisAwayError } from '../redis/redis-failure.js';
import { DomainError, validationFailed } from './domain-error.js';
import { ErrorFilter } from './error.filter.js';
import { ErrorStatuses } from './error-statuses.js';

const STATUSES = {
  validation_failed: 400,
  malformed_request: 400,
  not_found: 404,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal_error: 500,
  service_unavailable: 503,
};

/** Lets the filter answer a request, and returns the answer. */
function answerTo(
  exception: unknown,
  request: { headers?: object } = {},
  filter = new ErrorFilter(new ErrorStatuses(STATUSES)),
) {
  const answer = { status: 0, headers: {} as Record<string, unknown>, body: {} as Record<string, unknown> };
  const reply = {
    header: (name: string, value: unknown) => ((answer.headers[name] = value), reply),
    removeHeader: (name: string) => (delete answer.headers[name], reply),
    status: (status: number) => ((answer.status = status), reply),
    send: (body: Record<string, unknown>) => ((answer.body = body), reply),
  };
  const asked = { id: 'r-1', method: 'POST', url: '/event/?secret=1', routeOptions: { bodyLimit: 32 }, headers: {} };
  const http = { getRequest: () => ({ ...asked, ...request }), getResponse: () => reply };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  filter.catch(exception, host);
  return answer;
}

describe('ErrorFilter', () => {
  const logged = vi.spyOn(Logger.prototype, 'error');

  const warned = vi.spyOn(Logger.prototype, 'warn');

  beforeEach(() => {
    logged.mockReset().mockReturnValue();
    warned.mockReset().mockReturnValue();
  });
  afterAll(() => {
    logged.mockRestore();
    warned.mockRestore();
  });

  it('answers an error of the domain with its status, code and faults, and logs nothing', () => {
    const errors = [{ field: 'name', message: 'expected text' }];
    const answer = answerTo(validationFailed(errors));
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 'fail',
      data: { code: 'validation_failed', errors, request_id: 'r-1' },
    });
    expect(logged).not.toHaveBeenCalled();
  });

  it('says when to try again', () => {
    const error = new DomainError('service_unavailable', 'Later.', { retryAfterSeconds: 7 });
    expect(answerTo(error)).toMatchObject({ status: 503, headers: { 'retry-after': 7 } });
    expect(answerTo(validationFailed([])).headers).toEqual({});
  });

  it('answers 503 with Retry-After when the database is away', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED db:3306'), { code: 'ECONNREFUSED' });
    const answer = answerTo(refused);
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': 1 }, body: { code: 'service_unavailable' } });
    expect(JSON.stringify(answer.body)).not.toContain('db:3306');
  });

  it.each([
    ['an Error', new Error('password hunter2')],
    ['text', 'hunter2'],
    ['nothing', undefined],
    ['null', null],
    ['a status that the contract does not have', new ImATeapotException('hunter2')],
    ['a code that has no status', new DomainError('forgotten', 'hunter2')],
  ])('answers 500 to %s and logs it', (_what, thrown) => {
    expect(answerTo(thrown).status).toBe(500);
    expect(logged).toHaveBeenCalledOnce();
  });

  it('answers 404 to a path that leads out of the static files', () => {
    expect(answerTo(new ForbiddenException('Forbidden')).status).toBe(404);
  });

  it('says nothing internal about what it does not know', () => {
    expect(answerTo(new Error('password hunter2')).body).toEqual({
      status: 'error',
      code: 'internal_error',
      message: 'Something went wrong on our side.',
      request_id: 'r-1',
    });
  });

  it('logs the cause of a failure with the request id, and no path', () => {
    const cause = new Error('a defect');
    answerTo(new DomainError('internal_error', 'Sorry.', { cause }));
    expect(logged).toHaveBeenCalledWith({
      msg: 'request failed',
      code: 'internal_error',
      request_id: 'r-1',
      method: 'POST',
      err: cause,
    });
  });

  it('warns once of a store that is away, however many requests fail, and takes it for no fault of the program', () => {
    const filter = new ErrorFilter(new ErrorStatuses(STATUSES));
    const cause = Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
    for (let request = 0; request < 100; request++) {
      answerTo(new DomainError('service_unavailable', 'Later.', { cause }), {}, filter);
    }
    const line = { msg: 'request failed', code: 'service_unavailable', request_id: 'r-1', method: 'POST', err: cause };
    expect(warned.mock.calls).toEqual([[line]]);
    expect(logged).not.toHaveBeenCalled();
  });

  const refusals = (...causes: unknown[]) => {
    const filter = new ErrorFilter(new ErrorStatuses(STATUSES));
    for (const cause of causes) answerTo(new DomainError('service_unavailable', 'Later.', { cause }), {}, filter);
  };

  it.each([
    new TypeError('x is not a function'),
    Object.assign(new Error('Unknown column'), { code: 'ER_BAD_FIELD_ERROR' }),
    new Error('no reservation', { cause: new RangeError('x') }),
  ])('logs a fault of the program each time, though the answer is 503: %s', (cause) => {
    refusals(cause, cause);
    expect(logged.mock.calls.map(([line]) => (line as { err: unknown }).err)).toEqual([cause, cause]);
    expect(warned).not.toHaveBeenCalled();
  });

  it('warns of each cause that there is, also of one within another', () => {
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    refusals(away, new Error('no reservation', { cause: away }), full, full, new RedisAwayError());
    expect(warned.mock.calls.map(([line]) => (line as { err: Error }).err.message)).toEqual([
      'away',
      'full',
      'Redis is away',
    ]);
    expect(logged).not.toHaveBeenCalled();
  });

  it('warns of what passes by itself, whatever it is', () => {
    answerTo(new DomainError('service_unavailable', 'Later.', { cause: new Error('late'), isTemporary: true }));
    answerTo(new DomainError('service_unavailable', 'Later.'));
    expect(warned).toHaveBeenCalledTimes(2);
    expect(logged).not.toHaveBeenCalled();
  });

  it('leaves to others a failure that they have logged', () => {
    const error = new DomainError('service_unavailable', 'Later.', { cause: new Error('away'), isReported: true });
    expect(answerTo(error).status).toBe(503);
    expect(logged).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
  });

  it.each([
    [new BadRequestException('inner'), 400, 'malformed_request'],
    [new NotFoundException('inner'), 404, 'not_found'],
    [{ statusCode: 400 }, 400, 'malformed_request'],
    [{ statusCode: 413 }, 413, 'payload_too_large'],
    [{ statusCode: 415 }, 415, 'unsupported_media_type'],
  ])('answers the framework’s %o with %i %s', (exception, status, code) => {
    expect(answerTo(exception)).toMatchObject({ status, body: { status: 'fail', data: { code } } });
  });

  it('names what is not there without its query', () => {
    expect(answerTo(new NotFoundException()).body).toMatchObject({
      data: { message: 'There is nothing at POST /event/.' },
    });
  });

  it('tells how large a body may be and which type it has to have', () => {
    expect(answerTo({ statusCode: 413 }).body).toMatchObject({
      data: { errors: [{ field: 'body', message: 'expected at most 32 bytes' }] },
    });
    expect(answerTo({ statusCode: 415 }, { headers: { 'content-type': 'text/plain' } }).body).toMatchObject({
      data: { errors: [{ field: 'Content-Type', message: 'expected application/json, found text/plain' }] },
    });
  });
});
