/**
 * The workload of `klassik verify` inside the simulated world: the same producers, readers, members of a group and
 * transactional copiers, each on a client machine that may be killed, and the same analyses over what they saw.
 *
 * The history is no part of the world, so it outlives them all; each of its events goes into the trace.
 */
import type { TopicPartition } from '../../../../src/common/index.ts';
import { ClusterClient } from '../../../../src/tools/client/index.ts';
import { drain } from '../../../../src/tools/verify/drain.ts';
import { HistoryRecorder } from '../../../../src/tools/verify/history-recorder.ts';
import { makeTopics } from '../../../../src/tools/verify/run-workload.ts';
import { workersOf } from '../../../../src/tools/verify/workers.ts';
import { WorkloadWorld, type WorkloadSettings } from '../../../../src/tools/verify/workload-world.ts';
import type { HistoryEvent } from '../../../../src/verify/index.ts';
import { addressOf, type SimulatedCluster } from '../../cluster.ts';
import { ClientMachines, type ClientProgram } from './client-machines.ts';
import { findingsIn, type SoakFindings } from './soak-findings.ts';

export type SoakSettings = Partial<Omit<WorkloadSettings, 'bootstrapServers' | 'workers'>> &
  Partial<WorkloadSettings['workers']> & {
    readonly replicationFactor?: number;
    readonly topicConfigs?: Readonly<Record<string, string>>;
    /** Told of every record that was acknowledged by all in-sync replicas. */
    readonly onAcknowledged?: (topic: string, partition: number, offset: number) => void;
    /** How long the last reading waits for the end of a partition. */
    readonly drainTimeoutMs?: number;
  };

export interface SoakWorkload {
  /** Machines of clients, each of which may be killed or cut off at any time: it comes back by itself. */
  readonly hosts: readonly string[];
  readonly topics: readonly string[];
  /** Records that somebody was told are stored, until now. */
  readonly acknowledged: () => number;
  /** Notes in the history what was done to the cluster. */
  readonly tellFault: (text: string) => void;
  /** Lets the workers end, reads every partition to its end, and says what was seen. All faults must be over. */
  readonly stop: () => Promise<SoakFindings>;
}

const DRAIN_HOST = 'client-drain';
const DRAIN_TIMEOUT_MS = 120_000;

/** Resolves when the topics are there and the workers at work. */
export async function startSoakWorkload(
  cluster: SimulatedCluster,
  settings: SoakSettings = {},
): Promise<SoakWorkload> {
  const { world } = cluster;
  const workload = workloadSettings(cluster, settings);
  const drainRuntime = world.runtimeFor(DRAIN_HOST);
  const { onAcknowledged } = settings;
  const recorder = new HistoryRecorder(runSettings(workload), drainRuntime.clock, (event) => {
    world.note('history', event);
    if (onAcknowledged !== undefined && workload.acks === -1) tellAcknowledged(event, onAcknowledged);
  });
  let isEnding = false;
  const run = new WorkloadWorld(workload, recorder, drainRuntime, () => isEnding);
  const client = new ClusterClient({ bootstrapServers: workload.bootstrapServers, runtime: drainRuntime });
  await makeTopics(client, run, {
    replicationFactor: settings.replicationFactor ?? -1,
    topicConfigs: settings.topicConfigs ?? {},
    onProgress: () => undefined,
  });
  await client.close();
  const programs = workersOf(workload).map(
    (work): ClientProgram =>
      (runtime) =>
        work(run.in(runtime)),
  );
  const machines = new ClientMachines(world, 'client', programs);
  return {
    hosts: machines.hosts,
    topics: Object.values(run.topics),
    acknowledged: () => recorder.acknowledged,
    tellFault: (text) => recorder.fault(text),
    stop: async () => {
      isEnding = true;
      await machines.ended();
      const undrained = await drain(run, settings.drainTimeoutMs ?? DRAIN_TIMEOUT_MS);
      return findingsIn(recorder, undrained);
    },
  };
}

function tellAcknowledged(
  event: HistoryEvent,
  tell: (topic: string, partition: number, offset: number) => void,
): void {
  if (event.type !== 'ok') return;
  for (const action of event.actions) {
    if (action.kind !== 'send' || action.offset === null) continue;
    const { topic, partition } = topicPartitionOf(action.partition);
    tell(topic, partition, action.offset);
  }
}

function topicPartitionOf(name: string): TopicPartition {
  const at = name.lastIndexOf('-');
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}

function workloadSettings(cluster: SimulatedCluster, settings: SoakSettings): WorkloadSettings {
  const { producers = 2, readers = 1, members = 2, copiers = 2 } = settings;
  const { acks = -1, idempotent = acks === -1 } = settings;
  return {
    bootstrapServers: [...cluster.brokers.keys()].map(addressOf),
    name: settings.name ?? 'soak',
    partitions: settings.partitions ?? 2,
    acks,
    idempotent,
    readCommitted: settings.readCommitted ?? true,
    workers: { producers, readers, members, copiers },
    rate: settings.rate ?? 3,
  };
}

function runSettings(workload: WorkloadSettings): HistoryRecorder['settings'] {
  const { bootstrapServers, acks, idempotent, readCommitted } = workload;
  return {
    bootstrap: bootstrapServers.join(','),
    startedAt: '2026-01-01T00:00:00.000Z',
    acks: acks === -1 ? 'all' : acks === 1 ? '1' : '0',
    idempotent,
    isolation: readCommitted ? 'read_committed' : 'read_uncommitted',
  };
}
