import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, unreachable } from './api-error.js';
import { EventStream, type StreamState } from './event-stream.js';

type Step = ApiError | ((controller: ReadableStreamDefaultController<Uint8Array>) => void);

/** A service that answers each connection in turn, and what became of it. */
class PlayedService {
  readonly asked: string[] = [];
  readonly states: StreamState[] = [];
  readonly heard: string[] = [];
  readonly stream: EventStream;

  constructor(private readonly steps: Step[]) {
    this.stream = new EventStream({
      open: (lastEventId, signal) => this.open(lastEventId, signal),
      onMessages: (messages) => this.heard.push(...messages.map(({ data }) => data)),
      onState: (state) => this.states.push(state),
    });
  }

  private async open(lastEventId: string, signal: AbortSignal): Promise<Response> {
    this.asked.push(lastEventId);
    const step = this.steps.shift() ?? (() => {});
    if (step instanceof ApiError) throw step;
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      signal.addEventListener('abort', () => controller.error(new Error('aborted')));
      step(controller);
    };
    return new Response(new ReadableStream({ start }));
  }
}

const told = (text: string) => new TextEncoder().encode(text);
const ENDS: Step = (controller) => {
  controller.enqueue(told('retry: 1500\nid: a\n\ndata: 1\nid: b\n\n'));
  controller.close();
};

describe('EventStream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it('goes on from where it ended, when the service wants it back', async () => {
    const service = new PlayedService([ENDS]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(1_499);
    expect([service.asked, service.heard]).toEqual([[''], ['1']]);
    await vi.advanceTimersByTimeAsync(1);
    expect(service.asked).toEqual(['', 'b']);
    expect(service.states.map(({ kind }) => kind)).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
    expect([service.states[1], service.states[4]]).toEqual([
      { kind: 'live', isAnew: true },
      { kind: 'live', isAnew: false },
    ]);
    service.stream.stop();
  });

  it('comes back later each time that it fails, and not before it may', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const full = new ApiError(503, 'too_many_streams', 'full', [], 20_000);
    const service = new PlayedService([unreachable(), unreachable(), full]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(999);
    expect(service.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1 + 1_999);
    expect(service.asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1 + 19_999);
    expect(service.asked).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1);
    expect([service.asked.length, service.states.at(-1)?.kind]).toEqual([4, 'live']);
    service.stream.stop();
  });

  it('comes back at once where it is told to', async () => {
    const service = new PlayedService([unreachable()]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(0);
    service.stream.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(service.asked).toHaveLength(2);
    service.stream.stop();
  });

  it('leaves a connection that shows no life', async () => {
    const service = new PlayedService([() => {}]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(44_999);
    expect(service.states.at(-1)?.kind).toBe('live');
    await vi.advanceTimersByTimeAsync(1);
    expect(service.states.at(-1)?.kind).toBe('waiting');
    service.stream.stop();
  });

  it('begins anew, and says so, where its position is not taken', async () => {
    const service = new PlayedService([ENDS, new ApiError(400, 'validation_failed', 'no id of this stream')]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(1_500);
    await vi.advanceTimersByTimeAsync(2_000);
    const lives = service.states.filter(({ kind }) => kind === 'live');
    expect([service.asked, lives.map((state) => 'isAnew' in state && state.isAnew)]).toEqual([
      ['', 'b', ''],
      [true, true],
    ]);
    service.stream.stop();
  });

  it('begins anew where it was never told a position', async () => {
    const service = new PlayedService([unreachable(), (controller) => controller.close()]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(service.asked).toEqual(['', '', '']);
    expect(service.states.filter(({ kind }) => kind === 'live')).toEqual([
      { kind: 'live', isAnew: true },
      { kind: 'live', isAnew: true },
    ]);
    service.stream.stop();
  });

  it('goes on where what it tells cannot be shown, and reports that', async () => {
    const faults: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => faults.push(error));
    const fault = new Error('nothing to draw on');
    const states: StreamState[] = [];
    const body = new ReadableStream({ start: (controller) => controller.enqueue(told('data: 1\n\ndata: 2\n\n')) });
    const stream = new EventStream({
      open: async () => new Response(body),
      onMessages: () => {
        throw fault;
      },
      onState: (state) => {
        states.push(state);
        if (state.kind === 'live') throw fault;
      },
    });
    stream.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([states.map(({ kind }) => kind), faults]).toEqual([
      ['connecting', 'live'],
      [fault, fault],
    ]);
    stream.stop();
  });

  it('leaves nothing behind where whoever hears that it waits stops it', async () => {
    const stream: EventStream = new EventStream({
      open: () => Promise.reject(unreachable()),
      onMessages: () => {},
      onState: ({ kind }) => void (kind === 'waiting' && stream.stop()),
    });
    stream.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends for good', async () => {
    const service = new PlayedService([unreachable()]);
    service.stream.start();
    await vi.advanceTimersByTimeAsync(0);
    service.stream.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(service.asked).toHaveLength(1);
  });
});
