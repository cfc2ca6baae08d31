/**
 * A topic that keeps only its latest few kilobytes: its first offset moves on all the time. Readers that come too late go
 * on where the log begins now; whatever else happens, none reads a record twice, or out of order, or passes over one that
 * is there.
 */
import type { Runtime } from '../../../../src/runtime/index.ts';
import { KafkaError } from '../../../../src/protocol/index.ts';
import { createTopic, type ClusterClient } from '../../../../src/tools/client/index.ts';
import { offsetsOf } from '../../../../src/tools/verify/offsets-of.ts';
import { WorkloadProducer } from '../../../../src/tools/verify/workload-producer.ts';
import type { SimulatedCluster } from '../../cluster.ts';
import { clientIn, livesOf, patiently, pause, type SmallWorkload } from './client-lives.ts';
import { ClientMachines } from './client-machines.ts';
import { readerOf, readToEnd } from './read-to-end.ts';
import { Reading, RetainedLog } from './retained-ledger.ts';

export interface RetainedSettings {
  readonly name?: string;
  readonly readers?: number;
  /** Batches a second. */
  readonly rate?: number;
  /** Of each reader, a second. */
  readonly polls?: number;
  readonly topicConfigs?: Readonly<Record<string, string>>;
}

const CONFIGS = {
  'cleanup.policy': 'delete',
  'min.insync.replicas': '2',
  'segment.bytes': '1024',
  'retention.bytes': '4096',
};
const REPLICAS = 3;
const PARTITION = 0;
/** So that a segment is full after a few records. */
const VALUE_CHARACTERS = 100;
const DELIVERY_TIMEOUT_MS = 20_000;
const STALE_MS = 500;
const PATIENCE_MS = 60_000;
/** Retention has moved the first offset when so many were written. */
const WRITTEN_MIN = 200;

export async function startRetainedTopic(
  cluster: SimulatedCluster,
  settings: RetainedSettings = {},
): Promise<SmallWorkload> {
  const { name: topic = 'retained', readers = 1, rate = 1, polls = 0.5, topicConfigs = {} } = settings;
  const { world } = cluster;
  const outside = world.runtimeFor(`${topic}-check`);
  const client = clientIn(cluster, outside, `${topic}-check`);
  await createTopic(client, {
    name: topic,
    numPartitions: 1,
    replicationFactor: REPLICAS,
    assignments: new Map(),
    configs: { ...CONFIGS, ...topicConfigs },
  });
  await offsetsOf(client, [topic], 'latest', 1);
  await client.close();

  let isOver = false;
  const log = new RetainedLog();
  const over = (): boolean => isOver;
  const readings = Array.from({ length: readers }, (_, index) => new Reading(`reader ${index}`, log));
  const write = writerTo(topic, log, over, rate);
  const programs = [
    livesOf(cluster, `${topic}-writer`, over, write),
    ...readings.map((reading, index) =>
      livesOf(cluster, `${topic}-reader-${index}`, over, (reader, runtime) =>
        readOn(topic, reading, reader, runtime, over, polls),
      ),
    ),
  ];
  const machines = new ClientMachines(world, topic, programs);
  return {
    hosts: machines.hosts,
    stop: async () => {
      isOver = true;
      await machines.ended();
      const last = clientIn(cluster, outside, `${topic}-check`);
      const { records, starts } = await patiently(outside, PATIENCE_MS, () => readToEnd(last, topic, 1));
      await last.close();
      const [start = 0] = starts.values();
      const reading = new Reading('the last reader', log);
      reading.begins(start);
      reading.takes(records, (records.at(-1)?.offset ?? start - 1) + 1);
      const written = log.acknowledged.size;
      const stood = written >= WRITTEN_MIN && start === 0 ? ['retained: nothing was ever deleted'] : [];
      return {
        violations: [...log.violations, ...[...readings, reading].flatMap((each) => each.missed()), ...stood],
        counts: { acknowledged: written, 'first offset': start },
      };
    },
  };
}

function writerTo(topic: string, log: RetainedLog, isOver: () => boolean, rate: number) {
  let written = 0;
  return async (client: ClusterClient, runtime: Runtime): Promise<void> => {
    const producer = new WorkloadProducer(client, {
      acks: -1,
      idempotent: true,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    });
    await producer.start();
    while (!isOver()) {
      await pause(runtime, rate);
      const value = `value ${(written += 1)}`;
      const records = [{ value: Buffer.from(value.padEnd(VALUE_CHARACTERS)) }];
      const outcome = await producer.sendRecords({ topic, partition: PARTITION }, records);
      if (outcome.kind !== 'stored') {
        if (outcome.error.error === 'NOT_ENOUGH_REPLICAS' && outcome.kind === 'refused') continue;
        throw outcome.error;
      }
      if (outcome.baseOffset !== null) log.stored(outcome.baseOffset, value);
    }
  };
}

async function readOn(
  topic: string,
  reading: Reading,
  client: ClusterClient,
  runtime: Runtime,
  isOver: () => boolean,
  polls: number,
): Promise<void> {
  const reader = readerOf(client);
  const assign = async (): Promise<void> => {
    const [first = 0] = (await offsetsOf(client, [topic], 'earliest', 1)).values();
    // One that is behind the leader it asks waits for another: a reader never goes back.
    if (first > (reading.position ?? -1)) reading.begins(first);
    await reader.assign([{ topic, partition: PARTITION, offset: reading.position ?? first }]);
  };
  await assign();
  while (!isOver()) {
    await pause(runtime, polls);
    try {
      const records = await reader.poll();
      reading.takes(records, reader.positions[0]!.offset);
    } catch (thrown) {
      if (!(thrown instanceof KafkaError) || thrown.error !== 'OFFSET_OUT_OF_RANGE') throw thrown;
      await runtime.timers.sleep(STALE_MS);
      await assign();
    }
  }
}
