import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, atOnce, sendAnswer } from './answer.js';

class RecordedResponse extends EventEmitter {
  status: number | null = null;
  text: string | null = null;

  writeHead(status: number): this {
    this.status = status;
    return this;
  }

  end(text: string): void {
    this.text = text;
  }
}

describe('sendAnswer', () => {
  const slow: Answer = { status: 200, body: { city: 'London' }, delayMs: 4_000 };
  let response: RecordedResponse;
  const send = (answer: Answer) => sendAnswer(response as unknown as ServerResponse, answer);

  beforeEach(() => {
    vi.useFakeTimers();
    response = new RecordedResponse();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('answers after the delay, not before', () => {
    send(slow);
    vi.advanceTimersByTime(3_999);
    expect(response.status).toBeNull();
    vi.advanceTimersByTime(1);
    expect([response.status, response.text]).toEqual([200, '{"city":"London"}']);
  });

  it('sends what needs no delay at once', () => {
    send(atOnce(429, {}));
    expect([response.status, vi.getTimerCount()]).toEqual([429, 0]);
  });

  it('ends the timer when the client hangs up', () => {
    send(slow);
    response.emit('close');
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(response.status).toBeNull();
  });
});
