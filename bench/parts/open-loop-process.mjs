// Submits at a constant rate, whatever the answers do. A request's latency counts from the moment it was due, not from
// when it could be sent: a server that stalls is charged for all that should have been sent meanwhile. Raw sockets and
// prebuilt requests, since the generator shares the machine with what it measures.
// Arguments: host, port, path, request file, requests per second, connections, seconds. Prints one line of JSON.
import { readFile } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenLoopConnection } from './open-loop-connection.mjs';

const [host, port, path, requestFile, ...numbers] = process.argv.slice(2);
const [perSecond, connections, seconds] = numbers.map(Number);
/** Due requests that wait for a connection at most: those of a second. What is due beyond is given up, and counted. */
const LONGEST_BACKLOG = Math.ceil(perSecond);
const TICK_MS = 1;
const LONGEST_ANSWER_MS = 10_000;
/** Latencies count from then on: before, this process' own code is not compiled yet. */
const WARM_UP_MS = 1_000;
const MICROSECONDS = 1_000;

const requests = (await readFile(requestFile, 'utf8')).trimEnd().split('\n').map(requestOf);
const total = Math.round(perSecond * seconds);
const accepted = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
const others = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
const statuses = {};
const socketErrors = {};
const waiting = [];
let [sent, givenUp, inFlight] = [0, 0, 0];
let isOver = false;

const all = Array.from({ length: connections }, () => new OpenLoopConnection(host, Number(port), onAnswer, onFailure));
await Promise.all(all.map((connection) => connection.open()));
const idle = [...all];
const startedAtMs = performance.now();
await sendAllDue();
isOver = true;
givenUp += waiting.length;
const endedAtMs = performance.now();
while (inFlight > 0 && performance.now() < endedAtMs + LONGEST_ANSWER_MS) await sleep(5);
console.log(JSON.stringify(outcome()));
process.exit(0);

function requestOf(line) {
  const [address, body] = line.split('\t');
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n`;
  return Buffer.from(`${head}X-Forwarded-For: ${address}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

async function sendAllDue() {
  for (let due = 0; due < total; await sleep(TICK_MS)) {
    const nowMs = performance.now();
    while (due < total) {
      const dueAtMs = startedAtMs + (due * 1_000) / perSecond;
      if (dueAtMs > nowMs) break;
      due++;
      // The one that is idle longest: a connection that is never used is closed by the server, with an answer 408.
      if (idle.length > 0) send(idle.shift(), dueAtMs);
      else if (waiting.length < LONGEST_BACKLOG) waiting.push(dueAtMs);
      else givenUp++;
    }
  }
}

function send(connection, dueAtMs) {
  inFlight++;
  connection.send(requests[sent++ % requests.length], dueAtMs);
}

function onAnswer(connection, status, dueAtMs) {
  const latency = Math.max(1, Math.round((performance.now() - dueAtMs) * MICROSECONDS));
  if (dueAtMs >= startedAtMs + WARM_UP_MS) (status === 202 ? accepted : others).record(latency);
  statuses[status] = (statuses[status] ?? 0) + 1;
  release(connection);
}

/** @param wasInFlight a connection that the server closes between two requests is opened again, and is no error */
function onFailure(connection, code, wasInFlight) {
  if (!wasInFlight) return;
  socketErrors[code] = (socketErrors[code] ?? 0) + 1;
  release(connection);
}

function release(connection) {
  inFlight--;
  if (waiting.length > 0 && !isOver) send(connection, waiting.shift());
  else idle.push(connection);
}

function outcome() {
  const elapsedMs = endedAtMs - startedAtMs;
  const noAnswer = inFlight;
  return { due: total, sent, givenUp, noAnswer, statuses, socketErrors, elapsedMs, ...latencies() };
}

function latencies() {
  const summary = (histogram) => ({
    meanMs: histogram.mean / MICROSECONDS,
    p50Ms: histogram.percentile(50) / MICROSECONDS,
    p99Ms: histogram.percentile(99) / MICROSECONDS,
    p999Ms: histogram.percentile(99.9) / MICROSECONDS,
    mostMs: histogram.max / MICROSECONDS,
  });
  return { accepted: summary(accepted), others: others.count > 0 ? summary(others) : null };
}
