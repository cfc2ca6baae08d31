/**
 * Java clients from before record batches, as they were released: 0.9 speaks the message format v0 (Produce v1, Fetch
 * v1), 0.10 the format v1 (Produce v2, Fetch v2), 0.10.2 fetches in v3. They check what they are given: checksums, the
 * wrong lz4 header of v0, offsets inside wrappers.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, type Requirement } from '../support/conformance/requirements.ts';
import { runProgram } from '../support/conformance/run-program.ts';
import { startTestCluster, type TestCluster } from '../support/conformance/test-cluster.ts';
import { jvmArguments } from '../support/jvm-program.ts';
import { kafkaClientLibraries } from '../support/kafka-jars.ts';

jest.setTimeout(180_000);

const CODECS = ['none', 'gzip', 'snappy', 'lz4'];
const RECORDS = 2000;

const clientOf = (version: string): Requirement => ({
  what: `the Java client of Kafka ${version}`,
  remedy: 'install a JDK of 17 or newer and mvn',
  find: () => kafkaClientLibraries(version),
});

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(async () => {
  await cluster.stop();
});

for (const version of ['0.9.0.1', '0.10.0.1', '0.10.2.2'])
  describeNeeding(clientOf(version), `the client of ${version}`, (libraries) => {
    test('produces and consumes in every codec it knows', async () => {
      const topic = `old-client-${version}-${process.pid}`;
      const told = await runProgram('java', [
        ...jvmArguments(libraries, 'OldClient.java'),
        cluster.bootstrap,
        `${RECORDS}`,
        topic,
        CODECS.join(','),
      ]);
      expect(told.trim().split('\n')).toEqual(CODECS.map((codec) => `${codec} ${RECORDS}`));
    });
  });
