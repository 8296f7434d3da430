import { describe, expect, it } from 'vitest';
import { BufferFullError, CommitTimeoutError } from './group-commit.js';
import { submissionRefusal } from './submission-refusal.js';

describe('submissionRefusal', () => {
  it.each([
    ['too many wait', new BufferFullError(), true],
    ['a commit takes too long', new CommitTimeoutError(), true],
    ['the commit of its key takes too long', new Error('no reservation', { cause: new CommitTimeoutError() }), true],
    ['a connection is lost', Object.assign(new Error('lost'), { code: 'PROTOCOL_CONNECTION_LOST' }), true],
    ['the program has a fault', new TypeError('x is not a function'), false],
  ])('tells the log whether it passes by itself that %s', (_what, cause, isTemporary) => {
    expect(submissionRefusal(cause).details).toMatchObject({ cause, isTemporary, retryAfterSeconds: 1 });
  });
});
