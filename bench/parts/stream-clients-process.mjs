// Holds many streams of server-sent events open and counts what each is told.
// Arguments: url, number of clients, number of those that read each message for its delay, number of clients that take
// nothing after the beginning. Prints "open" when all are; on SIGTERM, some seconds later, one line of JSON with what was
// told, and ends.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [url, clients, timed, stalled] = [new URL(process.argv[2]), ...process.argv.slice(3).map(Number)];
const ACCEPTED = 'event: accepted';
/** A socket that does not read does not notice its end: in so long each has read what is under way. */
const READING_ON_MS = 5_000;
const OUTCOME = 'event: located';
const REQUEST = 'GET /event/stream/ HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n';
const delaysMs = [];
const told = [];
const paused = [];
let closed = 0;

/** Finds a text also where it is split between chunks. */
function counter(text) {
  let tail = Buffer.alloc(0);
  return (chunk) => {
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    let found = 0;
    let end = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, end)) {
      found++;
      end = at + text.length;
    }
    tail = bytes.subarray(Math.max(end, bytes.length - text.length + 1));
    return found;
  };
}

/** How long ago the accepted events in a chunk were received, by the clock that both processes share. */
function timer() {
  let unread = '';
  return (chunk) => {
    const blocks = (unread + chunk.toString()).split('\n\n');
    unread = blocks.pop();
    const nowMs = Date.now();
    for (const block of blocks) {
      const receivedAt = block.includes(ACCEPTED) && /"received_at":"([^"]+)"/.exec(block)?.[1];
      if (receivedAt) delaysMs.push(nowMs - Date.parse(receivedAt));
    }
  };
}

function open(index) {
  const socket = connect({ port: Number(url.port), host: url.hostname });
  const mine = { accepted: 0, outcomes: 0 };
  const [accepted, outcomes, time] = [counter(ACCEPTED), counter(OUTCOME), index < timed ? timer() : () => {}];
  socket.on('close', () => closed++);
  socket.on('error', () => {});
  socket.write(REQUEST);
  return new Promise((resolve) => {
    socket.once('data', () => {
      resolve();
      if (index >= clients) return paused.push(socket.pause());
      told.push(mine);
    });
    if (index >= clients) return;
    socket.on('data', (chunk) => {
      mine.accepted += accepted(chunk);
      mine.outcomes += outcomes(chunk);
      time(chunk);
    });
  });
}

// Some at a time: the service's queue of connections is not what is measured.
for (let first = 0; first < clients + stalled; first += 50) {
  const some = Math.min(50, clients + stalled - first);
  await Promise.all(Array.from({ length: some }, (_, index) => open(first + index)));
}
process.once('SIGTERM', async () => {
  for (const socket of paused) socket.resume();
  await sleep(READING_ON_MS);
  const sorted = [...delaysMs].sort((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  const extremes = (name) =>
    [Math.min, Math.max].map((of) => told.reduce((so, each) => of(so, each[name]), told[0]?.[name]));
  const [accepted, outcomes] = [extremes('accepted'), extremes('outcomes')];
  console.log(JSON.stringify({ accepted, outcomes, closed, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) }));
  process.exit();
});
setInterval(() => {}, 60_000);
console.log('open');
