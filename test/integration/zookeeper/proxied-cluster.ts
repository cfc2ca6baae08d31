/**
 * Three whole brokers in this process, each with a way of its own to the real ZooKeeper that a test can break, and
 * the few questions the tests ask them. Everything else between them is as it always is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../../src/broker/index.ts';
import { BrokerConfig } from '../../../src/config/index.ts';
import { memoryLogger } from '../../../src/logging/index.ts';
import { NetworkClient } from '../../../src/network/index.ts';
import type { RecordedFact } from '../../../src/observe/index.ts';
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/01-fetch.ts';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from '../../../src/protocol/messages/19-create-topics.ts';
import { batchesOf, buildBatch, decodeRecords, prepareCompression } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import type { KafkaZkClient, LeaderIsrAndControllerEpoch } from '../../../src/zookeeper/index.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { eventually, freshZooKeeper, type FreshZooKeeper } from '../../support/zookeeper.ts';

const TOPIC = 'orders';
/** Each broker is the preferred leader of one partition. */
const LAYOUT = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
] as const;
export const BROKERS = [0, 1, 2] as const;
export const PARTITIONS = LAYOUT.map((_, partition) => partition);

interface ProxiedBroker {
  readonly broker: Broker;
  /** Its way to ZooKeeper; to the first server of several. */
  readonly proxy: FaultProxy;
  readonly facts: RecordedFact[];
  readonly fatal: string[];
}

export interface ProxiedCluster {
  readonly brokers: readonly ProxiedBroker[];
  /** Looks at ZooKeeper past the proxies. */
  readonly zk: KafkaZkClient;
  state(partition: number): Promise<LeaderIsrAndControllerEpoch>;
  isWhole(): Promise<boolean>;
  /** At broker 0, which must be the controller. */
  createTopic(name: string): Promise<void>;
  /** With acks=all; what the broker answers. */
  produce(brokerId: number, partition: number, value: string): Promise<ErrorName>;
  /** Every value a consumer can read from the leader. */
  readAll(partition: number): Promise<string[]>;
  close(): Promise<void>;
}

const SETTINGS = {
  'zookeeper.session.timeout.ms': '6000',
  'offsets.topic.num.partitions': '1',
  'leader.imbalance.check.interval.seconds': '1',
  'controlled.shutdown.enable': 'false',
};
const PRODUCE_TIMEOUT_MS = 1000;

interface ProxiedClusterOptions {
  /** Another than the one that the tests share; closed with the cluster. */
  readonly zookeeper?: Pick<FreshZooKeeper, 'server' | 'chroot' | 'connectKafka' | 'close'>;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startProxiedCluster(options: ProxiedClusterOptions = {}): Promise<ProxiedCluster> {
  await prepareCompression();
  const zookeeper = options.zookeeper ?? (await freshZooKeeper());
  const dir = await mkdtemp(join(tmpdir(), 'klassik-proxied-'));
  const zk = await zookeeper.connectKafka();
  const clientRuntime = createNodeRuntime();
  const clients = new Map<number, NetworkClient>();
  const brokers: ProxiedBroker[] = [];
  const allProxies: FaultProxy[] = [];

  const startBroker = async (id: number): Promise<ProxiedBroker> => {
    const servers = zookeeper.server.split(',');
    const proxies = await Promise.all(servers.map((server) => FaultProxy.to(server)));
    allProxies.push(...proxies);
    const addresses = proxies.map(({ address }) => address).join(',');
    const { config } = BrokerConfig.parse({
      'broker.id': String(id),
      listeners: 'PLAINTEXT://127.0.0.1:0',
      'log.dirs': join(dir, String(id)),
      'zookeeper.connect': addresses + zookeeper.chroot,
      ...SETTINGS,
      ...options.settings,
    });
    const fatal: string[] = [];
    const broker = new Broker({
      runtime: { ...createNodeRuntime(), logger: memoryLogger().logger },
      config,
      hostName: '127.0.0.1',
      onFatal: (reason) => fatal.push(reason),
    });
    const facts: RecordedFact[] = [];
    broker.facts.subscribe((fact) => facts.push(fact));
    await broker.start();
    return { broker, proxy: proxies[0]!, facts, fatal };
  };

  const client = async (id: number): Promise<NetworkClient> => {
    const known = clients.get(id);
    if (known?.isOpen === true) return known;
    const port = brokers[id]?.broker.ports.get('PLAINTEXT') ?? 0;
    const connected = await NetworkClient.connect(
      clientRuntime,
      { host: '127.0.0.1', port },
      { clientId: 'test' },
    );
    await connected.negotiate();
    clients.set(id, connected);
    return connected;
  };

  const state = async (partition: number): Promise<LeaderIsrAndControllerEpoch> => {
    const found = await zk.partitions.getTopicPartitionState({ topic: TOPIC, partition });
    if (found === null) throw new Error(`${TOPIC}-${partition} has no state`);
    return found;
  };

  const isWhole = async (): Promise<boolean> => {
    const states = await Promise.all(PARTITIONS.map((partition) => state(partition)));
    const registered = await zk.brokers.getSortedBrokerList();
    return registered.length === BROKERS.length && states.every(({ isr }) => isr.length === BROKERS.length);
  };

  const produce = async (brokerId: number, partition: number, value: string): Promise<ErrorName> => {
    const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: Date.now() }] });
    const response = await (
      await client(brokerId)
    ).send(ProduceRequest, ProduceResponse, 9, {
      acks: -1,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      topicData: [{ name: TOPIC, partitionData: [{ index: partition, records }] }],
    });
    return errorNameOf(response.responses[0]?.partitionResponses[0]?.errorCode ?? -1);
  };

  const readAll = async (partition: number): Promise<string[]> => {
    const { leader } = await state(partition);
    const response = await (
      await client(leader)
    ).send(FetchRequest, FetchResponse, 10, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic: TOPIC, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 }] }],
      forgottenTopicsData: [],
    });
    const records = response.responses[0]?.partitions[0]?.records ?? null;
    if (records === null) return [];
    return [...batchesOf(records)].flatMap((batch) =>
      [...decodeRecords(batch)].map(({ value }) => value?.toString() ?? ''),
    );
  };

  const createTopic = async (name: string): Promise<void> => {
    const { topics } = await (
      await client(0)
    ).send(CreateTopicsRequest, CreateTopicsResponse, 5, {
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: LAYOUT.map((brokerIds, partitionIndex) => ({
            partitionIndex,
            brokerIds: [...brokerIds],
          })),
          configs: [{ name: 'min.insync.replicas', value: '2' }],
        },
      ],
      timeoutMs: 10_000,
    });
    const error = errorNameOf(topics[0]?.errorCode ?? -1);
    if (error !== 'NONE') throw new Error(`the topic could not be created: ${error}`);
  };

  const close = async (): Promise<void> => {
    for (const one of clients.values()) one.close();
    await Promise.all(brokers.map(({ broker }) => broker.shutdown()));
    await Promise.all(allProxies.map((proxy) => proxy.stop()));
    await clientRuntime.workers.close();
    await zookeeper.close();
    await rm(dir, { recursive: true, force: true });
  };

  // One after the other: the first is the controller.
  for (const id of BROKERS) brokers.push(await startBroker(id));
  await createTopic(TOPIC);
  for (const partition of PARTITIONS)
    await eventually(
      async () => (await produce(partition, partition, 'first')) === 'NONE',
      `broker ${partition} leads ${TOPIC}-${partition}`,
    );
  return { brokers, zk, state, isWhole, createTopic, produce, readAll, close };
}
