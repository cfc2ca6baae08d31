/**
 * In the middle of a rolling upgrade brokers speak an older protocol among themselves: Klassik's brokers and one of the
 * original in one cluster then lead, follow and control as ever. Consumers read from the replica in their rack, of
 * whichever kind it is (KIP-392).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import kafkajs, { type Admin } from 'kafkajs';
import { isInSync, until } from '../support/conformance/kafkajs-story.ts';
import { JVM_ID, KLASSIK_IDS, MixedCluster } from '../support/conformance/mixed-cluster.ts';
import { describeNeeding, KAFKA_JARS } from '../support/conformance/requirements.ts';
import { runForResults } from '../support/conformance/run-program.ts';
import type { Codec } from '../support/conformance/story.ts';
import { jvmArguments } from '../support/jvm-program.ts';

const { Kafka, logLevel } = kafkajs;

jest.setTimeout(120_000);

const [KLASSIK_ID = 0] = KLASSIK_IDS;
const RECORDS = 500;
const TOPICS = { 'klassik-leads': [KLASSIK_ID, JVM_ID], 'jvm-leads': [JVM_ID, KLASSIK_ID] } as const;

describeNeeding(KAFKA_JARS, 'brokers that speak', (libraries) => {
  for (const protocol of ['2.8', '3.4']) speaking(protocol, libraries);
});

function speaking(protocol: string, libraries: string): void {
  let cluster: MixedCluster;
  let admin: Admin;

  beforeAll(async () => {
    cluster = await MixedCluster.create(libraries, {
      all: {
        'inter.broker.protocol.version': protocol,
        'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
      },
      klassik: { 'broker.rack': 'klassik' },
      jvm: { 'broker.rack': 'jvm' },
    });
    await cluster.broker(JVM_ID).start();
    admin = new Kafka({
      brokers: cluster.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, maxRetryTime: 1000 },
    }).admin();
    await admin.connect();
  });

  afterAll(async () => {
    await admin.disconnect();
    await cluster.close();
  });

  const java = <T>(...args: string[]): Promise<T[]> =>
    runForResults<T>('java', [...jvmArguments(libraries, 'ConformanceClient.java'), ...args]);
  const produce = (topic: string, first: number, codec: Codec = 'none'): Promise<unknown> =>
    java('produce', cluster.bootstrap, topic, String(first), String(RECORDS), codec);
  const allInSync = (): Promise<void> =>
    until('all replicas are in sync', async () => {
      const inSync = await Promise.all(
        Object.keys(TOPICS).map((topic) => isInSync(admin, topic).catch(() => false)),
      );
      return inSync.every(Boolean);
    });

  test(`${protocol}: each kind leads a partition, and the other has its records`, async () => {
    const topics = Object.entries(TOPICS).map(([topic, replicas]) => ({
      topic,
      replicaAssignment: [{ partition: 0, replicas: [...replicas] }],
    }));
    await admin.createTopics({ topics });
    await allInSync();
    for (const topic of Object.keys(TOPICS)) await produce(topic, 0);
    await allInSync();
  });

  test.each([
    ['klassik-leads', 'jvm', JVM_ID],
    ['jvm-leads', 'klassik', KLASSIK_ID],
    ['jvm-leads', 'jvm', -1],
  ])(`${protocol}: %s, a consumer in the rack of %s is sent to %j`, async (topic, rack, preferred) => {
    const [told] = await java('read-from', cluster.bootstrap, topic, String(RECORDS), rack);
    expect(told).toEqual({ preferred, records: RECORDS, missing: 0, duplicates: 0, reordered: 0 });
  });

  test(`${protocol}: each kind takes the other's leaders and the controller over, and gives them back`, async () => {
    const controller = async (): Promise<number> => (await admin.describeCluster()).controller ?? -1;
    for (const id of KLASSIK_IDS) await cluster.broker(id).stop();
    await until('the original is the controller', async () => (await controller()) === JVM_ID);
    await produce('klassik-leads', RECORDS);
    for (const id of KLASSIK_IDS) await cluster.broker(id).start();
    await allInSync();
    await cluster.broker(JVM_ID).stop();
    await until('Klassik is the controller', async () => KLASSIK_IDS.includes(await controller()));
    await produce('jvm-leads', RECORDS);
    await cluster.broker(JVM_ID).start();
    await allInSync();
    for (const topic of Object.keys(TOPICS)) {
      const [klassik, jvm] = await Promise.all(
        [KLASSIK_ID, JVM_ID].map((id) => cluster.replicaBytes(id, topic, 0)),
      );
      expect(klassik!.equals(jvm!)).toBe(true);
    }
  });
}
