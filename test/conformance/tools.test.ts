/** The original's command-line tools against a cluster, as a person would use them, and what they print. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runProgram, type ProgramOptions } from '../support/conformance/run-program.ts';
import { startTestCluster, type TestCluster } from '../support/conformance/test-cluster.ts';
import { jvmArguments } from '../support/jvm-program.ts';
import { ClusterClient, committedOffsets, GroupMember } from '../../src/tools/client/index.ts';

jest.setTimeout(120_000);

const TOOLS = {
  topics: 'org.apache.kafka.tools.TopicCommand',
  'console-producer': 'kafka.tools.ConsoleProducer',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'streams-application-reset': 'org.apache.kafka.tools.StreamsResetter',
  'get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'broker-api-versions': 'kafka.admin.BrokerApiVersionsCommand',
  'verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
} as const;

/** A cluster that runs already may have the topics of an earlier run. */
const TOPIC = `tools-${process.pid}`;
const GROUP = `${TOPIC}-group`;
const WORDS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];

describeNeeding(KAFKA_JARS, "the original's tools", (libraries) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startTestCluster();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const run = (tool: keyof typeof TOOLS, args: string, options?: ProgramOptions): Promise<string> => {
    const given = ['--bootstrap-server', cluster.bootstrap, ...args.split(' ').filter((arg) => arg !== '')];
    return runProgram('java', [...jvmArguments(libraries, TOOLS[tool]), ...given], options);
  };
  const linesOf = (output: string): string[] => output.split('\n').filter((line) => line.trim() !== '');

  test('kafka-topics creates, lists and describes a topic', async () => {
    const created = await run('topics', `--create --topic ${TOPIC} --partitions 3 --replication-factor 3`);
    expect(created).toContain(`Created topic ${TOPIC}.`);
    expect(linesOf(await run('topics', '--list'))).toContain(TOPIC);
    const [summary, ...partitions] = linesOf(await run('topics', `--describe --topic ${TOPIC}`));
    expect(summary).toMatch(/PartitionCount: 3\s+ReplicationFactor: 3/);
    expect(partitions).toHaveLength(3);
    for (const line of partitions) expect(line).toMatch(/Leader: \d\s+Replicas: \d,\d,\d\s+Isr: \d,\d,\d/);
  });

  test('kafka-topics adds partitions, and says why it cannot take any away', async () => {
    await run('topics', `--alter --topic ${TOPIC} --partitions 4`);
    expect(linesOf(await run('topics', `--describe --topic ${TOPIC}`))).toHaveLength(5);
    await expect(run('topics', `--alter --topic ${TOPIC} --partitions 2`)).rejects.toThrow(
      /Topic currently has 4 partitions, which is higher than the requested 2/,
    );
  });

  test('what the console producer is given, the console consumer prints', async () => {
    await run('console-producer', `--topic ${TOPIC} --producer-property acks=all`, {
      input: `${WORDS.join('\n')}\n`,
    });
    const printed = await run(
      'console-consumer',
      `--topic ${TOPIC} --group ${GROUP} --from-beginning --max-messages ${WORDS.length} --timeout-ms 60000`,
    );
    expect(linesOf(printed).sort()).toEqual([...WORDS].sort());
  });

  test('kafka-get-offsets counts the records', async () => {
    const lines = linesOf(await run('get-offsets', `--topic ${TOPIC}`));
    const offsets = lines.map((line) => line.split(':'));
    expect(offsets.map(([topic, partition]) => `${topic ?? ''}-${partition ?? ''}`)).toEqual(
      [0, 1, 2, 3].map((partition) => `${TOPIC}-${partition}`),
    );
    expect(offsets.reduce((sum, [, , offset]) => sum + Number(offset), 0)).toBe(WORDS.length);
  });

  test('kafka-consumer-groups lists, describes, resets and deletes the group', async () => {
    expect(linesOf(await run('consumer-groups', '--list'))).toContain(GROUP);
    const rows = (output: string): string[][] =>
      linesOf(output)
        .filter((line) => line.startsWith(GROUP))
        .map((line) => line.split(/\s+/));
    const described = rows(await run('consumer-groups', `--describe --group ${GROUP}`));
    expect(described.reduce((sum, [, , , current]) => sum + (Number(current) || 0), 0)).toBe(WORDS.length);
    // Partitions without a record may have no committed offset: "-".
    for (const [, , , , , lag] of described) expect(lag).toMatch(/^[0-]$/);
    const reset = `--reset-offsets --group ${GROUP} --topic ${TOPIC} --to-earliest --execute`;
    const row = new RegExp(`${GROUP}\\s+${TOPIC}\\s+\\d+\\s+(\\d+)`, 'g'); // the tool puts them all on one line
    const earliest = [...(await run('consumer-groups', reset)).matchAll(row)];
    expect(earliest.map(([, offset]) => offset)).toEqual(['0', '0', '0', '0']);
    expect(await run('consumer-groups', `--delete --group ${GROUP}`)).toContain('was successful');
  });

  test('kafka-streams-application-reset begins an application anew, with force if it has members', async () => {
    const application = `${TOPIC}-application`;
    const internal = `${application}-store-changelog`;
    await run('topics', `--create --topic ${internal} --partitions 1 --replication-factor 3`);
    const client = new ClusterClient({ bootstrapServers: cluster.bootstrap.split(',') });
    try {
      const member = new GroupMember(client, {
        groupId: application,
        groupInstanceId: null,
        sessionTimeoutMs: 120_000,
        rebalanceTimeoutMs: 10_000,
        topics: () => Promise.resolve([TOPIC]),
      });
      await member.join();
      await member.commit([{ topic: TOPIC, partition: 0, offset: 1 }]);
      const reset = `--application-id ${application} --input-topics ${TOPIC}`;
      await expect(run('streams-application-reset', reset)).rejects.toThrow('is still active');
      const told = await run('streams-application-reset', `${reset} --force`);
      expect(told).toContain('Force deleting all active members');
      expect(told).toContain('Done.');
      expect(told).toContain(`Deleting inferred internal topics [${internal}]`);
      const committed = await committedOffsets(client, application);
      expect(new Set(committed.map(({ offset }) => offset))).toEqual(new Set([0]));
      expect(linesOf(await run('topics', '--list'))).not.toContain(internal);
    } finally {
      await client.close();
    }
  });

  test('kafka-broker-api-versions understands what every broker offers', async () => {
    const output = await run('broker-api-versions', '');
    const brokers = linesOf(output).filter((line) => line.includes('(id:'));
    expect(brokers).toHaveLength(3);
    expect(output).toContain('Produce(0):');
    expect(output).toContain('Fetch(1):');
    expect(output).not.toContain('ERROR');
  });

  test('the verifiable consumer sees what the verifiable producer had acknowledged', async () => {
    const topic = `${TOPIC}-verifiable`;
    await run('topics', `--create --topic ${topic} --partitions 3 --replication-factor 3`);
    const produced = await run('verifiable-producer', `--topic ${topic} --max-messages 10000 --acks -1`);
    expect(produced.match(/"name":"producer_send_success"/g)).toHaveLength(10_000);
    expect(produced).not.toContain('producer_send_error');
    const consumed = await run(
      'verifiable-consumer',
      `--topic ${topic} --group-id ${topic}-group --max-messages 10000 --reset-policy earliest`,
    );
    expect(countOfRecords(consumed)).toBe(10_000);
    expect(consumed).not.toContain('"success":false');
  });

  test('kafka-topics deletes topics', async () => {
    await run('topics', `--delete --topic ${TOPIC}.*`);
    expect(linesOf(await run('topics', '--list')).filter((name) => name.startsWith(TOPIC))).toEqual([]);
  });
});

/** The verifiable consumer tells each event as a line of JSON. */
function countOfRecords(output: string): number {
  return output
    .split('\n')
    .filter((line) => line.includes('"records_consumed"'))
    .map((line) => JSON.parse(line) as { readonly count: number })
    .reduce((sum, { count }) => sum + count, 0);
}
