/**
 * When nothing disturbs it any more a cluster becomes whole: every broker is registered, every partition has a leader and
 * all its replicas in sync, every broker knows the same of them, no change is under way, and no transaction is open
 * longer than it may be.
 */
import type { BrokerParts } from '../../../../src/broker/parts.ts';
import { isPrepared } from '../../../../src/coordinator/transaction/transaction-state.ts';
import type { Partition } from '../../../../src/replication/partition.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';
import type { ObservedCluster } from './observed-cluster.ts';
import { stateOf, type StateInZooKeeper } from './partition-state.ts';
import type { Report } from './violation.ts';

/** How often coordinators look for transactions whose time is up, and how long they may take to end one. */
const ABORT_INTERVAL_MS = 15_000;

interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly state: StateInZooKeeper | undefined;
}

export function checkHealth(cluster: SimulatedCluster, observed: ObservedCluster, report: Report): void {
  const parts = partsOf(cluster);
  for (const id of cluster.processes.keys()) {
    if (!parts.has(id)) report('health', `broker ${id} does not run`);
    else if (cluster.zooKeeper.tree.find(`/brokers/ids/${id}`) === undefined)
      report('health', `broker ${id} is not registered`);
  }
  checkNothingUnderWay(cluster, report);
  for (const assigned of assignedPartitions(cluster)) {
    checkInZooKeeper(assigned, report);
    for (const [id, { metadataCache, replicaManager }] of parts) {
      const { topic, partition, replicas, state } = assigned;
      const name = `${topic}-${partition}`;
      const known = metadataCache.partition(topic, partition);
      if (known?.leader !== state?.leader || known?.leaderEpoch !== state?.leaderEpoch)
        report(
          'health',
          `${name}: broker ${id} tells clients of leader ${known?.leader} in epoch ${known?.leaderEpoch}, it is ${state?.leader} in ${state?.leaderEpoch}`,
        );
      if (!replicas.includes(id)) continue;
      const wrong = wrongOf(replicaManager.getPartition(topic, partition), id, state);
      if (wrong !== undefined) report('health', `${name} on broker ${id}: ${wrong}`);
    }
  }
  checkTransactions(cluster, parts, observed, report);
}

/** The rooms of every broker that runs. */
export function partsOf({ processes, world }: SimulatedCluster): ReadonlyMap<number, BrokerParts> {
  const parts = new Map<number, BrokerParts>();
  for (const [id, broker] of processes)
    if (world.isUp(hostOf(id)) && broker.parts !== undefined) parts.set(id, broker.parts);
  return parts;
}

/** As ZooKeeper has them. */
export function assignedPartitions({ zooKeeper: { tree } }: SimulatedCluster): AssignedPartition[] {
  return [...(tree.find('/brokers/topics')?.children ?? [])].sort().flatMap((topic) => {
    const path = `/brokers/topics/${topic}`;
    const { partitions = {} } = JSON.parse(tree.get(path).data?.toString() ?? '{}') as {
      readonly partitions?: Readonly<Record<string, readonly number[]>>;
    };
    return Object.entries(partitions).map(([partition, replicas]) => {
      const node = tree.find(`${path}/partitions/${partition}/state`);
      const state = node?.data ? stateOf(node.data, node.version) : undefined;
      return { topic, partition: Number(partition), replicas, state };
    });
  });
}

function checkNothingUnderWay({ zooKeeper: { tree }, processes }: SimulatedCluster, report: Report): void {
  if (tree.find('/admin/reassign_partitions') !== undefined)
    report('health', 'a reassignment of partitions is still under way');
  for (const topic of tree.find('/admin/delete_topics')?.children ?? [])
    report('health', `topic ${topic} is still being deleted`);
  for (const topic of tree.find('/brokers/topics')?.children ?? []) {
    const { adding_replicas: adding = {}, removing_replicas: removing = {} } = JSON.parse(
      tree.get(`/brokers/topics/${topic}`).data?.toString() ?? '{}',
    ) as { readonly adding_replicas?: object; readonly removing_replicas?: object };
    if (Object.keys(adding).length + Object.keys(removing).length > 0)
      report('health', `partitions of ${topic} are still being moved`);
  }
  const controller = tree.find('/controller')?.data?.toString();
  const { brokerid = -1 } = JSON.parse(controller ?? '{}') as { readonly brokerid?: number };
  if (!processes.has(brokerid)) report('health', 'nobody is the controller');
}

function checkInZooKeeper({ topic, partition, replicas, state }: AssignedPartition, report: Report): void {
  const name = `${topic}-${partition}`;
  if (state === undefined) report('health', `${name} has no state`);
  else if (!replicas.includes(state.leader)) report('health', `${name} is led by ${state.leader}`);
  else if (replicas.some((id) => !state.isr.includes(id)))
    report('health', `${name}: ISR ${state.isr.join()} of replicas ${replicas.join()}`);
}

function wrongOf(
  partition: Partition | undefined,
  id: number,
  state: StateInZooKeeper | undefined,
): string | undefined {
  if (partition?.log === undefined) return 'it has no log of it';
  const { leaderId, leaderEpoch, partitionEpoch, isrState, highWatermark, log, isLeader } = partition;
  if (leaderId !== state?.leader || leaderEpoch !== state.leaderEpoch)
    return `it follows leader ${leaderId} of epoch ${leaderEpoch}, which is ${state?.leader} of ${state?.leaderEpoch}`;
  if (isLeader && isrState.kind !== 'committed') return `its ISR is ${isrState.kind}`;
  if (isLeader && partitionEpoch !== state.version)
    return `it leads at partition epoch ${partitionEpoch}, ZooKeeper has ${state.version}`;
  if (isLeader !== (id === state.leader)) return 'it does not know that it leads';
  if (highWatermark !== log.logEndOffset)
    return `its high watermark is ${highWatermark}, its log ends at ${log.logEndOffset}`;
  return undefined;
}

/** Of what is open in a partition the coordinator knows, and there it is not open for too long. */
function checkTransactions(
  { world }: SimulatedCluster,
  parts: ReadonlyMap<number, BrokerParts>,
  observed: ObservedCluster,
  report: Report,
): void {
  const ongoing = new Set<number>();
  for (const [id, { transactionCoordinator }] of parts)
    for (const shard of transactionCoordinator.activeShards())
      for (const {
        transactionalId,
        state,
        pendingState,
        producerId,
        startMs,
        timeoutMs,
      } of shard.transactions()) {
        const nowMs = world.runtimeFor(hostOf(id)).clock.wallMs();
        if (isPrepared(state) || pendingState !== undefined)
          report('health', `transaction ${transactionalId} is ${state} and waits for ${pendingState}`);
        if (state !== 'Ongoing') continue;
        ongoing.add(producerId);
        if (nowMs - startMs > timeoutMs + ABORT_INTERVAL_MS)
          report(
            'health',
            `transaction ${transactionalId} is open for ${nowMs - startMs} ms of ${timeoutMs}`,
          );
      }
  for (const { name, ledger, isExcused } of observed.partitions.values())
    for (const producerId of isExcused ? [] : ledger.openProducers)
      if (!ongoing.has(producerId))
        report(
          'health',
          `${name}: a transaction of producer ${producerId} is open, and no coordinator knows it`,
        );
}
