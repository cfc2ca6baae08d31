/**
 * The one plain closing line of a test run, for people and for machines: "123 passed, 0 failed".
 * A file that does not load counts as a failure. Written at exit, because jest prints its own summary late.
 * With COUNT_FILE set the counts go there instead, so that a caller can add up several runs.
 */
import { appendFileSync } from 'node:fs';

export default class CountReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const counts = { passed: results.numPassedTests, failed, skipped };
    const file = process.env.COUNT_FILE;
    process.once('exit', () => {
      if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
      else process.stdout.write(`${line(counts)}\n`);
    });
  }
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
