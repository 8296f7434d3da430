import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { vi } from 'vitest';

/** Lets what repeats its work run for a while of Vitest's fake timers, and stops it. */
export async function runFor(repeating: OnApplicationBootstrap & OnModuleDestroy, durationMs: number): Promise<void> {
  repeating.onApplicationBootstrap();
  await vi.advanceTimersByTimeAsync(durationMs);
  const stopped = repeating.onModuleDestroy();
  await vi.advanceTimersByTimeAsync(0);
  await stopped;
}
