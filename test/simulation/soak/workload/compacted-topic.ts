/**
 * A compacted topic: writers with keys of their own write and delete them over and over, while segments are closed and
 * cleaned. In the end a reader that begins with the first record must come to what was acknowledged last of each key.
 */
import type { Runtime } from '../../../../src/runtime/index.ts';
import { createTopic, type ClusterClient } from '../../../../src/tools/client/index.ts';
import { offsetsOf } from '../../../../src/tools/verify/offsets-of.ts';
import { WorkloadProducer } from '../../../../src/tools/verify/workload-producer.ts';
import type { SimulatedCluster } from '../../cluster.ts';
import { clientIn, livesOf, patiently, pause, type SmallWorkload } from './client-lives.ts';
import { ClientMachines } from './client-machines.ts';
import { KeyLedger } from './key-ledger.ts';
import { readToEnd } from './read-to-end.ts';

export interface CompactedSettings {
  readonly name?: string;
  /** Each with a partition of its own. */
  readonly writers?: number;
  readonly keysOfEach?: number;
  /** Batches a second of each writer. */
  readonly rate?: number;
  readonly topicConfigs?: Readonly<Record<string, string>>;
}

/**
 * A replica that is away for longer than delete.retention.ms may never hear of a deletion, in the original too: it must
 * be longer than brokers are down.
 */
const CONFIGS = {
  'cleanup.policy': 'compact',
  'min.insync.replicas': '2',
  'segment.bytes': '2048',
  'segment.ms': '20000',
  'min.cleanable.dirty.ratio': '0.01',
  'max.compaction.lag.ms': '10000',
  'delete.retention.ms': '120000',
};
const REPLICAS = 3;
const DELIVERY_TIMEOUT_MS = 20_000;
const DELETES_ONE_IN = 5;
const RECORDS_PER_BATCH = 3;
const PATIENCE_MS = 60_000;

interface Writing {
  readonly topic: string;
  readonly ledger: KeyLedger;
  /** No value is written twice. */
  readonly nextValue: () => string;
  readonly keysOfEach: number;
}

export async function startCompactedTopic(
  cluster: SimulatedCluster,
  settings: CompactedSettings = {},
): Promise<SmallWorkload> {
  const { name: topic = 'compacted', writers = 2, keysOfEach = 6, rate = 0.5, topicConfigs = {} } = settings;
  const { world } = cluster;
  const outside = world.runtimeFor(`${topic}-check`);
  const client = clientIn(cluster, outside, `${topic}-check`);
  await createTopic(client, {
    name: topic,
    numPartitions: writers,
    replicationFactor: REPLICAS,
    assignments: new Map(),
    configs: { ...CONFIGS, ...topicConfigs },
  });
  await offsetsOf(client, [topic], 'latest', writers);
  await client.close();

  let isOver = false;
  let values = 0;
  const nextValue = (): string => `value ${(values += 1)}`;
  const writing: Writing = { topic, ledger: new KeyLedger(), nextValue, keysOfEach };
  const programs = Array.from({ length: writers }, (_, partition) =>
    livesOf(
      cluster,
      `${topic}-${partition}`,
      () => isOver,
      async (writer, runtime) => {
        const producer = await startProducer(writer);
        for (let isWhole = true; isWhole && !isOver;) {
          await pause(runtime, rate);
          isWhole = await writeOnce(writing, partition, producer, runtime);
        }
      },
    ),
  );
  const machines = new ClientMachines(world, topic, programs);
  return {
    hosts: machines.hosts,
    stop: async () => {
      isOver = true;
      await machines.ended();
      const { ledger } = writing;
      const last = new Map<string, { value: string | null; offset: number }>();
      const reader = clientIn(cluster, outside, `${topic}-check`);
      const { records } = await patiently(outside, PATIENCE_MS, () => readToEnd(reader, topic, writers));
      await reader.close();
      for (const { key, value, offset } of records)
        last.set(String(key), { value: value?.toString() ?? null, offset });
      const { acknowledged, tombstones } = ledger;
      return {
        violations: ledger.violations(last),
        counts: { acknowledged, tombstones, 'left after compaction': records.length },
      };
    },
  };
}

async function startProducer(client: ClusterClient): Promise<WorkloadProducer> {
  const producer = new WorkloadProducer(client, {
    acks: -1,
    idempotent: true,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
  });
  await producer.start();
  return producer;
}

/** False when the producer's sequence is in doubt. */
async function writeOnce(
  { topic, ledger, nextValue, keysOfEach }: Writing,
  partition: number,
  producer: WorkloadProducer,
  { random }: Runtime,
): Promise<boolean> {
  const attempts = Array.from({ length: 1 + random.below(RECORDS_PER_BATCH) }, () =>
    ledger.begins(
      `key ${partition}/${random.below(keysOfEach)}`,
      random.below(DELETES_ONE_IN) === 0 ? null : nextValue(),
    ),
  );
  const records = attempts.map(({ key, value }) => ({
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  }));
  const outcome = await producer.sendRecords({ topic, partition }, records);
  if (outcome.kind === 'stored') {
    const { baseOffset } = outcome;
    for (const [index, attempt] of attempts.entries())
      ledger.stored(attempt, baseOffset === null ? null : baseOffset + index);
    return true;
  }
  if (outcome.kind === 'refused') for (const attempt of attempts) ledger.refused(attempt);
  return outcome.kind === 'refused' && outcome.error.error === 'NOT_ENOUGH_REPLICAS';
}
