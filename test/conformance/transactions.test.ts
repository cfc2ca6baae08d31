/**
 * Transactions with clients of others: kafkajs commits, aborts and sends offsets; the original's TransactionalMessageCopier
 * copies a topic with random aborts; its ProducerPerformance fills transactions. What
 * readers of committed records see is each record once.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { isInSync, until } from '../support/conformance/kafkajs-story.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runProgram } from '../support/conformance/run-program.ts';
import { startTestCluster, type TestCluster } from '../support/conformance/test-cluster.ts';
import { jvmArguments } from '../support/jvm-program.ts';

jest.setTimeout(180_000);

const OVERRIDES = { 'group.initial.rebalance.delay.ms': '0' };
const MESSAGES = 2000;

let cluster: TestCluster;
let kafka: Kafka;

beforeAll(async () => {
  cluster = await startTestCluster({ overrides: OVERRIDES });
  kafka = new Kafka({ brokers: cluster.bootstrap.split(','), logLevel: logLevel.NOTHING });
});

afterAll(async () => {
  await cluster.stop();
});

async function createTopic(partitions: number): Promise<string> {
  const topic = `transactions-${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 3 }] });
  await until('all replicas in sync', () => isInSync(admin, topic));
  await admin.disconnect();
  return topic;
}

/** The values that a reader of committed records sees, until the last one of `expected` has come. */
async function committed(topic: string, expected: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => Promise.resolve(void values.push(message.value?.toString() ?? '')),
  });
  try {
    await until(`${expected} committed records`, () => values.length >= expected);
  } finally {
    await consumer.disconnect();
  }
  return values;
}

describe('kafkajs', () => {
  let topic: string;
  let producer: Producer;

  beforeAll(async () => {
    topic = await createTopic(3);
    producer = kafka.producer({
      transactionalId: `id-${randomUUID()}`,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
  });

  afterAll(() => producer.disconnect());

  test('readers see what was committed, and nothing of what was aborted', async () => {
    for (const [round, outcome] of ['commit', 'abort', 'commit', 'abort', 'commit'].entries()) {
      const transaction = await producer.transaction();
      const messages = [0, 1, 2].map((partition) => ({
        partition,
        value: `${outcome}-${round}-${partition}`,
      }));
      await transaction.send({ topic, messages });
      await (outcome === 'commit' ? transaction.commit() : transaction.abort());
    }
    const values = await committed(topic, 9);
    expect(values.toSorted()).toEqual(
      [0, 2, 4].flatMap((round) => [0, 1, 2].map((partition) => `commit-${round}-${partition}`)),
    );
  });

  test('offsets count once their transaction is committed', async () => {
    const groupId = `group-${randomUUID()}`;
    const admin = kafka.admin();
    await admin.connect();
    const offset = async (): Promise<string | undefined> => {
      const [fetched] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return fetched?.partitions.find(({ partition }) => partition === 1)?.offset;
    };
    const send = async (value: string, outcome: 'commit' | 'abort'): Promise<void> => {
      const transaction = await producer.transaction();
      const topics = [{ topic, partitions: [{ partition: 1, offset: value }] }];
      // The markers of the transaction before may still be on their way; this client does not ask again by itself.
      await until('the transaction before is complete', async () => {
        try {
          await transaction.sendOffsets({ consumerGroupId: groupId, topics });
          return true;
        } catch (error) {
          if ((error as { readonly type?: string }).type === 'CONCURRENT_TRANSACTIONS') return false;
          throw error;
        }
      });
      await transaction[outcome]();
    };
    await send('3', 'abort');
    await send('5', 'commit');
    await until('the committed offset', async () => (await offset()) === '5');
    await send('7', 'abort');
    await send('8', 'commit');
    await until('the next committed offset', async () => (await offset()) === '8');
    await admin.disconnect();
  });

  test('a second producer of the same id shuts out the first', async () => {
    const transactionalId = `fenced-${randomUUID()}`;
    const start = async (): Promise<Producer> => {
      const started = kafka.producer({
        transactionalId,
        maxInFlightRequests: 1,
        idempotent: true,
        retry: { retries: 20 },
      });
      await started.connect();
      return started;
    };
    const first = await start();
    const open = await first.transaction();
    await open.send({ topic, messages: [{ partition: 0, value: 'of the first' }] });
    const second = await start();
    const next = await second.transaction();
    await next.send({ topic, messages: [{ partition: 0, value: 'of the second' }] });
    await next.commit();
    await expect(open.commit()).rejects.toThrow();
    await Promise.all([first.disconnect(), second.disconnect()]);
    expect((await committed(topic, 10)).filter((value) => value.startsWith('of'))).toEqual(['of the second']);
  });
});

describeNeeding(KAFKA_JARS, "the original's tools", (libraries) => {
  const run = (name: string, args: readonly string[]): Promise<string> =>
    runProgram('java', [...jvmArguments(libraries, `org.apache.kafka.tools.${name}`), ...args]);

  test('TransactionalMessageCopier copies each message once, whatever it aborts', async () => {
    const [input, output] = [await createTopic(1), await createTopic(1)];
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: MESSAGES }, (_, number) => ({ value: String(number) }));
    await producer.send({ topic: input, messages });
    await producer.disconnect();
    const told = await run('TransactionalMessageCopier', [
      ...['--broker-list', cluster.bootstrap, '--input-topic', input, '--input-partition', '0'],
      ...['--output-topic', output, '--consumer-group', `copier-${randomUUID()}`],
      ...['--transactional-id', `copier-${randomUUID()}`, '--transaction-size', '100'],
      ...['--max-messages', String(MESSAGES), '--enable-random-aborts'],
    ]);
    expect(told).toContain('"remaining":0');
    const values = await committed(output, MESSAGES);
    expect(values).toEqual(messages.map(({ value }) => value));
  });

  test('ProducerPerformance writes all it was told to, in transactions', async () => {
    const topic = await createTopic(3);
    const told = await run('ProducerPerformance', [
      ...['--topic', topic, '--num-records', '5000', '--record-size', '100', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${cluster.bootstrap}`],
      ...['--transactional-id', `perf-${randomUUID()}`, '--transaction-duration-ms', '50'],
    ]);
    expect(told).toContain('5000 records sent');
    expect(await committed(topic, 5000)).toHaveLength(5000);
  });
});
