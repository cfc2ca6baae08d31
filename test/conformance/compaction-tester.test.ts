/**
 * The original's LogCompactionTester: it writes keys over and over, with deletions among them, reads the topic after a
 * while, and compares the last value of each key with what it wrote.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, KAFKA_TEST_JARS } from '../support/conformance/requirements.ts';
import { runProgram } from '../support/conformance/run-program.ts';
import { startTestCluster, type TestCluster } from '../support/conformance/test-cluster.ts';
import { jvmArguments } from '../support/jvm-program.ts';

jest.setTimeout(120_000);

const MESSAGES = 20_000;
const DUPLICATES = 20;
/** The broker cleans while the tester writes; the tester's last poll waits 20 s for more. */
const SLEEP_S = 2;

/** Segments small enough to be left behind, and a cleaner that does not wait. */
const OVERRIDES = {
  'log.segment.bytes': '262144',
  'log.cleaner.backoff.ms': '200',
  'log.cleaner.min.cleanable.ratio': '0.01',
};

describeNeeding(KAFKA_TEST_JARS, "the original's LogCompactionTester", (libraries) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startTestCluster({ brokers: 1, overrides: OVERRIDES });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('finds the last value of every key, and far fewer records than it wrote', async () => {
    const told = await runProgram('java', [
      ...jvmArguments(libraries, 'kafka.tools.LogCompactionTester'),
      ...['--bootstrap-server', cluster.bootstrap, '--messages', String(MESSAGES)],
      ...['--duplicates', String(DUPLICATES), '--percent-deletes', '20', '--sleep', String(SLEEP_S)],
    ]);
    expect(told).toMatch(/Validated \d{3,} values, 0 mismatches\./);
    expect(told).toContain('Data verification is completed');
    const [, produced, consumed] =
      /(\d+) rows of data produced, (\d+) rows of data consumed/.exec(told) ?? [];
    expect(Number(produced)).toBe(MESSAGES);
    expect(Number(consumed)).toBeLessThan(MESSAGES / 2);
  });
});
