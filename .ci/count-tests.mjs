import { readFileSync } from 'node:fs';

/**
 * Prints "PASSED FAILED" from the file that vitest's json reporter wrote. A suite that failed without a failed test
 * (it could not be loaded, or a hook threw) counts as one failure, or a file that does not even compile would be green.
 */
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const brokenSuites = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
console.log(`${numPassedTests} ${numFailedTests + brokenSuites.length}`);
