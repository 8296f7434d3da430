// Plays the Geolocation API without any limit, in a process of its own: notes when each request arrives, by its own
// clock, and misbehaves in the ways of recorder.ts when it is told to. Arguments: seed, share of slow answers.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setPriority } from 'node:os';

const [seed, slowShare] = process.argv.slice(2).map(Number);
const USUAL_ANSWER_MS = 20;
const JSON_TYPE = { 'content-type': 'application/json' };
const MEGABYTE = Buffer.alloc(1_000_000, '[');
const DRIP_EVERY_MS = 200;

let state = seed >>> 0;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

// Where everything runs on two cores, it would else note when it has its turn, and not when a request arrives. Being nice to
// nobody is not enough for that: with 16 other processes ready to run it still had to wait for some of them.
const REAL_TIME_PRIORITY = 50;
const chosen = spawnSync('chrt', ['--all-tasks', '--fifo', '--pid', String(REAL_TIME_PRIORITY), String(process.pid)]);
if (chosen.status !== 0) {
  try {
    setPriority(-15);
  } catch {
    console.log('the recorder may note requests late: it has no right to go first');
  }
}

const arrivals = [];
/** How many requests met each behaviour. */
const metBehaviours = {};

/** Another one for each address, so that none can have the place of another unnoticed. */
function placeOf({ ip }) {
  return JSON.stringify({ country_code: 'GB', city: ip, latitude: 51.5142, longitude: -0.0931 });
}

const BEHAVIOURS = {
  healthy(arrival, response) {
    const delayMs = random() < slowShare ? 1_000 + random() * 4_000 : USUAL_ANSWER_MS;
    setTimeout(() => {
      arrival.answeredAtMs = performance.now();
      response.writeHead(200, JSON_TYPE).end(placeOf(arrival));
    }, delayMs);
  },
  unavailable: answerAtOnce(503, '{}'),
  throttling: answerAtOnce(429, '{}'),
  garbage: answerAtOnce(200, '<html>{"country_code":'),
  hanging() {},
  resetting(_arrival, response) {
    response.socket.resetAndDestroy();
  },
  huge(_arrival, response) {
    response.writeHead(200, JSON_TYPE);
    let megabytes = 0;
    const send = () => {
      while (megabytes++ < 100) if (!response.write(MEGABYTE)) return void response.once('drain', send);
      response.end();
    };
    send();
  },
  dripping(_arrival, response) {
    response.writeHead(200, JSON_TYPE);
    const drip = setInterval(() => response.write(' '), DRIP_EVERY_MS);
    response.on('close', () => clearInterval(drip));
  },
};
let behaviour = 'healthy';

function answerAtOnce(status, body) {
  return (arrival, response) => {
    arrival.status = status;
    arrival.answeredAtMs = performance.now();
    response.writeHead(status, JSON_TYPE).end(body);
  };
}

const server = createServer((request, response) => {
  const ip = decodeURIComponent(request.url.slice(1));
  const arrival = { ip, atMs: performance.now(), answeredAtMs: null, status: 200, behaviour };
  arrivals.push(arrival);
  metBehaviours[behaviour] = (metBehaviours[behaviour] ?? 0) + 1;
  BEHAVIOURS[behaviour](arrival, response);
});
server.keepAliveTimeout = 60_000;

// Of its own, so that it can be reached while the other is down.
const control = createServer(async (request, response) => {
  const order = request.url.slice(1);
  if (order === 'down') await goDown();
  else if (order in BEHAVIOURS) await behave(order);
  response.writeHead(200, JSON_TYPE);
  const nowMs = performance.now();
  // All of them only where they are asked for: it takes longer the more there are, and nothing is noted meanwhile.
  response.end(JSON.stringify(order === 'read' ? { nowMs, arrivals } : { nowMs, met: metBehaviours }));
});

async function goDown() {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function behave(order) {
  behaviour = order;
  if (!server.listening) await listen(server, port);
}

async function listen(listener, onPort) {
  listener.listen(onPort, '127.0.0.1');
  await once(listener, 'listening');
  return listener.address().port;
}

const port = await listen(server, 0);
console.log(`recorder controlled on http://127.0.0.1:${await listen(control, 0)}`);
console.log(`recorder on http://127.0.0.1:${port}`);
