/**
 * The state of a coordinator is what its log says: whatever serves requests now is held against a shard that has just
 * read the partition's log, by the same code as a new coordinator would.
 *
 * One thing may differ, in the original as here: an append that took so long that its client was told of an error stays
 * in the log, and the coordinator in memory goes on as if it were not there. Keys whose latest record may be such a one
 * are left out (`LateAppends` knows which those are).
 */
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../../../../src/common/index.ts';
import type { Group } from '../../../../src/coordinator/group/group.ts';
import { GroupShard } from '../../../../src/coordinator/group/group-shard.ts';
import { loadLog } from '../../../../src/coordinator/runtime/load-log.ts';
import type { CoordinatorShard } from '../../../../src/coordinator/runtime/coordinator-runtime.ts';
import type { Transaction } from '../../../../src/coordinator/transaction/transaction.ts';
import { TransactionShard } from '../../../../src/coordinator/transaction/transaction-shard.ts';
import type { ReplicaManager } from '../../../../src/replication/index.ts';
import { hostOf, type SimulatedCluster } from '../../cluster.ts';
import { partsOf } from './health.ts';
import type { ObservedCluster } from './observed-cluster.ts';
import type { Report } from './violation.ts';

/** Of `offsets.load.buffer.size`. */
const BUFFER_BYTES = 1 << 20;

/** The offset of the batch with the latest record of each key. */
type LatestOfKey = ReadonlyMap<string, number>;

export async function checkCoordinators(
  cluster: SimulatedCluster,
  observed: ObservedCluster,
  report: Report,
): Promise<void> {
  const logger = cluster.world.log.logger;
  for (const [id, { groupCoordinator, transactionCoordinator, replicaManager }] of partsOf(cluster)) {
    const nowMs = (): number => cluster.world.runtimeFor(hostOf(id)).clock.wallMs();
    for (const live of groupCoordinator.activeShards()) {
      const { partition } = live;
      const context = { nowMs, transitioned: () => undefined };
      const shard = new GroupShard({ partition, context, logger, loaded: () => undefined });
      const latest = await replay(shard, replicaManager, GROUP_METADATA_TOPIC, partition);
      const isLate = lateIn(observed, GROUP_METADATA_TOPIC, partition, latest);
      compareGroups(live, shard, isLate, (what) =>
        report('coordinator-replay', `${GROUP_METADATA_TOPIC}-${partition} on broker ${id}: ${what}`),
      );
    }
    for (const live of transactionCoordinator.activeShards()) {
      const { partition, coordinatorEpoch } = live;
      const [loaded, unloaded] = [() => undefined, () => undefined];
      const shard = new TransactionShard({ partition, coordinatorEpoch, logger, loaded, unloaded });
      const latest = await replay(shard, replicaManager, TRANSACTION_STATE_TOPIC, partition);
      const isLate = lateIn(observed, TRANSACTION_STATE_TOPIC, partition, latest);
      compareTransactions(live, shard, isLate, (what) =>
        report('coordinator-replay', `${TRANSACTION_STATE_TOPIC}-${partition} on broker ${id}: ${what}`),
      );
    }
  }
}

async function replay(
  shard: CoordinatorShard,
  replicaManager: ReplicaManager,
  topic: string,
  partition: number,
): Promise<LatestOfKey> {
  const latest = new Map<string, number>();
  const log = replicaManager.logOf(topic, partition);
  if (log === undefined) return latest;
  await loadLog(
    log,
    (batch, records) => {
      shard.replay(batch, records);
      for (const { key } of records) if (key !== null) latest.set(key.toString('latin1'), batch.baseOffset);
    },
    {
      ...{ bufferBytes: BUFFER_BYTES, stillWanted: () => true },
      ...{ nowMs: () => 0, pause: () => Promise.resolve() },
    },
  );
  shard.onLoaded();
  return latest;
}

/** Whether the latest record of a key that contains this was late. */
function lateIn(
  observed: ObservedCluster,
  topic: string,
  partition: number,
  latest: LatestOfKey,
): (name: string) => boolean {
  const late = observed.find(topic, partition)?.lateAppends;
  const keys = [...latest].filter(([, offset]) => late?.has(offset) === true).map(([key]) => key);
  return (name) => keys.some((key) => key.includes(Buffer.from(name).toString('latin1')));
}

// ---- groups

function compareGroups(
  live: Pick<GroupShard, 'groups'>,
  stored: Pick<GroupShard, 'group' | 'groups'>,
  isLate: (groupId: string) => boolean,
  tell: (what: string) => void,
): void {
  const served = new Set<string>();
  for (const group of live.groups()) {
    served.add(group.groupId);
    if (isLate(group.groupId)) continue;
    const other = stored.group(group.groupId);
    const [mine, theirs] = [tellOffsets(group), other === undefined ? {} : tellOffsets(other)];
    compare(`offsets of group ${group.groupId}`, mine, theirs, tell);
    // Membership changes in memory first, and is written when the rebalance is over.
    if (group.state === 'Stable' || (group.state === 'Empty' && group.generationId > 0))
      compare(`group ${group.groupId}`, tellGroup(group), other && tellGroup(other), tell);
  }
  for (const { groupId } of stored.groups())
    if (!served.has(groupId) && !isLate(groupId))
      tell(`group ${groupId} is in the log, and nobody serves it`);
}

function tellGroup(group: Group): unknown {
  const { state, generationId, protocolType, protocolName, leaderId } = group;
  const members = group.members().map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.settings.rebalanceTimeoutMs,
    sessionTimeoutMs: member.settings.sessionTimeoutMs,
    metadata: protocolName === null ? '' : member.metadataFor(protocolName).toString('base64'),
    assignment: member.assignment.toString('base64'),
  }));
  members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  return { state, generationId, protocolType, protocolName, leaderId, members };
}

function tellOffsets({ offsets }: Group): unknown {
  const committed = [...offsets.entries()].map(([{ topic, partition }, { value }]) => [
    `${topic}-${partition}`,
    value,
  ]) as [string, unknown][];
  committed.sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...Object.fromEntries(committed),
    open: [...offsets.producersWithPendingOffsets()].sort((a, b) => a - b),
  };
}

// ---- transactions

function compareTransactions(
  live: Pick<TransactionShard, 'transactions'>,
  stored: Pick<TransactionShard, 'get' | 'transactions'>,
  isLate: (transactionalId: string) => boolean,
  tell: (what: string) => void,
): void {
  const served = new Set<string>();
  for (const transaction of live.transactions()) {
    const { transactionalId, producerEpoch, pendingState } = transaction;
    served.add(transactionalId);
    // What is on its way, or never got there, is not in the log.
    if (producerEpoch < 0 || pendingState !== undefined || isLate(transactionalId)) continue;
    const other = stored.get(transactionalId);
    compare(
      `transaction ${transactionalId}`,
      tellTransaction(transaction),
      other && tellTransaction(other),
      tell,
    );
  }
  for (const { transactionalId } of stored.transactions())
    if (!served.has(transactionalId) && !isLate(transactionalId))
      tell(`transaction ${transactionalId} is in the log, and nobody serves it`);
}

function tellTransaction(transaction: Transaction): unknown {
  const { state, producerId, producerEpoch, timeoutMs, startMs, lastUpdateMs } = transaction;
  const partitions = [...transaction.partitions]
    .map(({ topic, partition }) => `${topic}-${partition}`)
    .sort();
  return { state, producerId, producerEpoch, timeoutMs, startMs, lastUpdateMs, partitions };
}

function compare(name: string, live: unknown, stored: unknown, tell: (what: string) => void): void {
  const [inMemory, inLog] = [JSON.stringify(live), JSON.stringify(stored ?? null)];
  if (inMemory !== inLog) tell(`${name} is ${inMemory}, its log says ${inLog}`);
}
