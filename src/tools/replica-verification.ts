/**
 * kafka-replica-verification: fetches every partition from all of its replicas, again and again, and tells where they
 * do not hold the same, and now and then how far behind the slowest is. It ends by itself only when offsets part.
 *
 * It asks as the debugging replica -2, whom any replica answers. A broker that is down delays its partitions.
 */
import { inJavaHashOrder, topicPartitionHashCode, topicPartitionName, ZERO_UUID } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { FetchRequest, FetchResponse } from '../protocol/messages/01-fetch.ts';
import { UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { listOffsets, type ClusterClient } from './client/index.ts';
import { connect } from './connect.ts';
import { topicFilter } from './topic-arguments.ts';
import { verifyReplicas, type FetchedReplica } from './verify-replicas.ts';

const DEBUGGING_REPLICA = -2;
const LOGGER = 'org.apache.kafka.tools.ReplicaVerificationTool';
const ALL_TOPICS = '.*';

export const replicaVerificationTool: Tool = {
  name: 'replica-verification',
  summary: 'Validate that all replicas for a set of topics have the same data.',
  options: [
    {
      name: 'broker-list',
      argument: 'hostname:port,...,hostname:port',
      doc: 'REQUIRED: The list of hostname and port of the server to connect to.',
    },
    {
      name: 'fetch-size',
      argument: 'bytes',
      integer: true,
      doc: 'The fetch size of each request; unset, 1048576.',
    },
    {
      name: 'max-wait-ms',
      argument: 'ms',
      integer: true,
      doc: 'The max amount of time each fetch request waits; unset, 1000.',
    },
    {
      name: 'topics-include',
      argument: 'Java regex (String)',
      doc: 'List of topics to verify replica consistency; unset, all.',
    },
    { name: 'topic-white-list', argument: 'Java regex (String)', doc: 'Older name of --topics-include.' },
    {
      name: 'time',
      argument: 'timestamp/-1(latest)/-2(earliest)',
      integer: true,
      doc: 'Timestamp for getting the initial offsets; unset, -1.',
    },
    {
      name: 'report-interval-ms',
      argument: 'ms',
      integer: true,
      doc: 'The reporting interval; unset, 30000.',
    },
  ],
  async run(options, io) {
    if (options.value('broker-list') === undefined)
      throw new UsageError('Missing required argument "[broker-list]"');
    log(io, 'WARN', 'This tool is deprecated and may be removed in a future major release.');
    const isIncluded = includedTopics(options);
    const client = await connect(options);
    try {
      const partitions = await findPartitions(client, isIncluded, options.integer('time') ?? -1);
      if (partitions.length === 0) {
        const told =
          '[topics-include] if specified, is either filtering out all topics or there is no topic.';
        log(io, 'ERROR', `No topics found. ${told}`);
        return 1;
      }
      tell(io, 'verification process is started');
      return await verifyUntilStopped(client, partitions, options, io);
    } finally {
      await client.close();
    }
  },
};

interface Verified {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  offset: number;
}

async function findPartitions(
  client: ClusterClient,
  isIncluded: (topic: string) => boolean,
  timestamp: number,
): Promise<Verified[]> {
  const { topics } = await client.metadata(null);
  const found = topics.flatMap(({ name, topicId, partitions }) =>
    name === null || !isIncluded(name)
      ? []
      : partitions.map(({ partitionIndex: partition, replicaNodes: replicas, leaderId: leader }) => ({
          topic: name,
          topicId,
          partition,
          replicas,
          leader,
          timestamp,
        })),
  );
  const offsets = new Map<string, number>();
  for (const each of await listOffsets(client, found)) {
    if (each instanceof KafkaError) throw each;
    offsets.set(topicPartitionName(each), each.offset);
  }
  const verified = found.map(({ topic, topicId, partition, replicas }): Verified => {
    const name = topicPartitionName({ topic, partition });
    const offset = offsets.get(name) ?? -1;
    if (offset < 0) throw new Error(`${name} has no record of that time or later`);
    return { topic, topicId, partition, replicas: replicas.toSorted((left, right) => left - right), offset };
  });
  // Of two hash maps, one filled from the other.
  return inJavaHashOrder(inJavaHashOrder(verified, topicPartitionHashCode), topicPartitionHashCode);
}

async function verifyUntilStopped(
  client: ClusterClient,
  partitions: readonly Verified[],
  options: ParsedOptions,
  io: ToolIo,
): Promise<number> {
  const limits = {
    maxWaitMs: options.integer('max-wait-ms') ?? 1000,
    fetchSize: options.integer('fetch-size') ?? 1_048_576,
  };
  const reportIntervalMs = options.integer('report-interval-ms') ?? 30_000;
  let lastReportMs = Date.now();
  while (!io.signal.aborted) {
    const fetched = await fetchAll(client, partitions, limits);
    let worst = { lag: -1, name: 'null', offset: -1 };
    for (const partition of partitions) {
      const name = topicPartitionName(partition);
      const replicas = partition.replicas.map((broker) => fetched(broker, partition));
      const { nextOffset, lag, differences, isBroken } = verifyReplicas(name, partition.offset, replicas);
      for (const difference of differences) tell(io, difference);
      if (isBroken) return 1;
      partition.offset = nextOffset;
      if (lag > worst.lag) worst = { lag, name, offset: nextOffset };
    }
    if (Date.now() - lastReportMs <= reportIntervalMs) continue;
    const { lag, name, offset } = worst;
    tell(
      io,
      `max lag is ${lag} for partition ${name} at offset ${offset} among ${partitions.length} partitions`,
    );
    lastReportMs = Date.now();
  }
  return 0;
}

interface Limits {
  readonly maxWaitMs: number;
  readonly fetchSize: number;
}

/** Every broker is asked for its replicas at the same time; the answer looks one of them up. */
async function fetchAll(
  client: ClusterClient,
  partitions: readonly Verified[],
  limits: Limits,
): Promise<(broker: number, partition: Verified) => FetchedReplica> {
  const brokers = [...new Set(partitions.flatMap(({ replicas }) => replicas))];
  const answers = new Map<string, FetchedReplica>();
  await Promise.all(
    brokers.map(async (brokerId) => {
      const here = partitions.filter(({ replicas }) => replicas.includes(brokerId));
      for (const { topic, topicId, ...data } of await fetchFrom(client, brokerId, here, limits)) {
        const isOf = (each: Verified): boolean => each.topicId === topicId || each.topic === topic;
        const partition = here.find((each) => isOf(each) && each.partition === data.partitionIndex);
        if (partition === undefined) continue;
        const { highWatermark, records } = data;
        answers.set(keyOf(brokerId, partition), {
          brokerId,
          highWatermark,
          records: records ?? Buffer.alloc(0),
        });
      }
    }),
  );
  return (brokerId, partition) =>
    answers.get(keyOf(brokerId, partition)) ?? { brokerId, highWatermark: -1, records: Buffer.alloc(0) };
}

function keyOf(brokerId: number, partition: Verified): string {
  return `${brokerId} ${topicPartitionName(partition)}`;
}

type Fetched = FetchResponse['responses'][number]['partitions'][number] & {
  readonly topic: string;
  readonly topicId: string;
};

/** Nothing of a broker that does not answer. */
async function fetchFrom(
  client: ClusterClient,
  brokerId: number,
  partitions: readonly Verified[],
  { maxWaitMs, fetchSize }: Limits,
): Promise<Fetched[]> {
  const request = {
    replicaId: -1,
    replicaState: { replicaId: DEBUGGING_REPLICA, replicaEpoch: -1 },
    maxWaitMs,
    minBytes: 1,
    maxBytes: 0x7fff_ffff,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: partitions.map(({ topic, topicId, partition, offset }) => ({
      topic,
      topicId,
      partitions: [
        {
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: offset,
          lastFetchedEpoch: -1,
          logStartOffset: 0,
          partitionMaxBytes: fetchSize,
          replicaDirectoryId: ZERO_UUID,
        },
      ],
    })),
    forgottenTopicsData: [],
    rackId: '',
  };
  try {
    const api = { request: FetchRequest, response: FetchResponse };
    const { responses } = await client.toBroker(brokerId, api, request);
    return responses.flatMap(({ topic, topicId, partitions: data }) =>
      data.map((each) => ({ ...each, topic, topicId })),
    );
  } catch {
    return [];
  }
}

function includedTopics(options: ParsedOptions): (topic: string) => boolean {
  const regex = options.value('topics-include') ?? options.value('topic-white-list') ?? ALL_TOPICS;
  try {
    return topicFilter(regex);
  } catch {
    throw new Error(`${regex} is an invalid regex`);
  }
}

function tell(io: ToolIo, text: string): void {
  io.out(`${dateOf(new Date())}: ${text}\n`);
}

/** As Kafka's tools log, on the standard error. */
function log(io: ToolIo, level: string, text: string): void {
  io.err(`[${dateOf(new Date())}] ${level} ${text} (${LOGGER})\n`);
}

/** `yyyy-MM-dd HH:mm:ss,SSS`, local. */
function dateOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}
