// Plays the Geolocation API without any limit, in a process of its own: notes when each request arrives, by its own
// clock. Every tenth request or so takes 1 to 5 s. Arguments: seed, share of slow answers.
import { createServer } from 'node:http';

const [seed, slowShare] = process.argv.slice(2).map(Number);
const USUAL_ANSWER_MS = 20;
const PLACE = JSON.stringify({ country_code: 'GB', city: 'London', latitude: 51.5142, longitude: -0.0931 });

let state = seed >>> 0;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

const arrivals = [];
let isOut = false;

const server = createServer((request, response) => {
  const atMs = performance.now();
  const [, kind, value] = request.url.split('/');
  if (kind === 'control') return control(value, response);
  const arrival = { ip: kind, atMs, answeredAtMs: null, status: isOut ? 503 : 200 };
  arrivals.push(arrival);
  const isSlow = random() < slowShare;
  const delayMs = isOut ? 0 : isSlow ? 1_000 + random() * 4_000 : USUAL_ANSWER_MS;
  setTimeout(() => {
    arrival.answeredAtMs = performance.now();
    response.writeHead(arrival.status, { 'content-type': 'application/json' }).end(PLACE);
  }, delayMs);
});

function control(order, response) {
  if (order === 'fail') isOut = true;
  if (order === 'recover') isOut = false;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ nowMs: performance.now(), arrivals }));
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`recorder on http://127.0.0.1:${server.address().port}`));
