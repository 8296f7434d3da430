// Prints the table of docs/reliability.md from the lines that FAULT_REPORT has gathered. Argument: that file.
import { readFileSync } from 'node:fs';

const reports = readFileSync(process.argv[2], 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const byFault = new Map();
for (const report of reports) {
  const fault = report.fault.includes(' + ') ? 'two of different parts at once' : report.fault;
  const key = `${report.installation} ${fault}`;
  const sum = byFault.get(key) ?? {
    ...report,
    fault,
    seeds: new Set(),
    rounds: 0,
    failures: 0,
    accepted: 0,
    lost: 0,
    duplicated: 0,
    unasked: 0,
    most: {},
  };
  sum.seeds.add(report.seed);
  if (!report.passed) sum.failures++;
  for (const name of ['rounds', 'accepted', 'lost', 'duplicated', 'unasked']) sum[name] += report[name];
  for (const name of ['longestWithoutAcceptedMs', 'longestAnswerMs', 'locatedAfterMs', 'worstSlidingSecond']) {
    sum.most[name] = Math.max(sum.most[name] ?? 0, report[name]);
  }
  byFault.set(key, sum);
}

const seconds = (ms) => (ms / 1_000).toFixed(1);
console.log(
  '| installation | fault | seeds | rounds | accepted | lost | duplicated | stored though refused | longest without a 202, s | longest answer, s | all located after, s | worst second |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const {
  installation,
  fault,
  seeds,
  rounds,
  accepted,
  lost,
  duplicated,
  unasked,
  failures,
  most,
} of byFault.values()) {
  const times = [most.longestWithoutAcceptedMs, most.longestAnswerMs, most.locatedAfterMs].map(seconds);
  const name = failures === 0 ? fault : `${fault} (FAILED ${failures} times)`;
  console.log(
    `| ${[installation, name, [...seeds].join(', '), rounds, accepted, lost, duplicated, unasked, ...times, most.worstSlidingSecond].join(' | ')} |`,
  );
}
