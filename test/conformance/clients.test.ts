/**
 * Three client libraries that share no code go through the life of a topic: create it with three replicas, produce
 * 10,000 records with acks=all, consume half of them in a group of two, commit, close both, start both again and find
 * exactly the rest, delete it. Once with each codec.
 */
import { afterAll, beforeAll, describe, jest, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { fileURLToPath } from 'node:url';
import { kafkajsStory, registerCodecs } from '../support/conformance/kafkajs-story.ts';
import { describeNeeding, KAFKA_JARS, LIBRDKAFKA } from '../support/conformance/requirements.ts';
import { runForResults } from '../support/conformance/run-program.ts';
import {
  CODECS,
  expectWholeStory,
  RECORDS,
  STORY_TIMEOUT_MS,
  type StoryResult,
} from '../support/conformance/story.ts';
import { startTestCluster, type TestCluster } from '../support/conformance/test-cluster.ts';
import { jvmArguments } from '../support/jvm-program.ts';

jest.setTimeout(STORY_TIMEOUT_MS);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster();
});

afterAll(async () => {
  await cluster.stop();
});

describe('kafkajs', () => {
  beforeAll(registerCodecs);

  test.each(CODECS)('%s: nothing is lost or repeated over a restart of the group', async (codec) => {
    const kafka = new Kafka({ brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING });
    expectWholeStory(await kafkajsStory(kafka, codec), codec);
  });
});

describeNeeding(KAFKA_JARS, 'the Java clients', (libraries) => {
  const program = jvmArguments(libraries, 'ConformanceClient.java');
  storiesTold('java', [...program, 'story']);
});

describeNeeding(LIBRDKAFKA, 'librdkafka', (python) => {
  storiesTold(python, [fileURLToPath(new URL('python/conformance_client.py', import.meta.url))]);
});

/** A program that goes through all codecs in one process: starting one anew for each would take longer than the story. */
function storiesTold(command: string, args: readonly string[]): void {
  let results: readonly StoryResult[] = [];

  beforeAll(async () => {
    results = await runForResults(command, [...args, cluster.bootstrap, String(RECORDS), CODECS.join(',')], {
      timeoutMs: STORY_TIMEOUT_MS,
    });
  });

  test.each(CODECS)('%s: nothing is lost or repeated over a restart of the group', (codec) => {
    expectWholeStory(
      results.find((result) => result.codec === codec),
      codec,
    );
  });
}
