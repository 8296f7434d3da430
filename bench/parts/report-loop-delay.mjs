// Preloaded into a process that is measured: prints how late its event loop was, each five seconds, in ms.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const REPORT_EVERY_MS = 5_000;
const RESOLUTION_MS = 10;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
setInterval(() => {
  // What is measured is the whole interval of the timer that measures.
  const lateMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  const [p50_ms, p99_ms] = [50, 99].map((percentile) => lateMs(delay.percentile(percentile)));
  console.log(JSON.stringify({ loop_delay: { p50_ms, p99_ms, at_ms: Date.now() } }));
  delay.reset();
}, REPORT_EVERY_MS).unref();
