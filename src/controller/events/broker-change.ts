/**
 * BrokerChange and BrokerModifications: brokers joined, left, came back as another incarnation, or changed their
 * listeners. Also what both need: a broker's start and its failure (contract 2.6, 3.3).
 */
import type { BrokerInfo } from '../../zookeeper/index.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { sendUpdateMetadata } from '../controller-services.ts';
import { decideBrokerChange } from '../decide/broker-change.ts';
import { targetReplicas } from '../replica-assignment.ts';
import type { Turn } from '../turn.ts';
import { resumeReassignments } from './reassignment-steps.ts';
import { onReplicasBecomeOffline } from './replicas-offline.ts';

export async function processBrokerChange(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, channels, logger } = parts;
  const registered = await store.brokers();
  const epochs = new Map(registered.map(({ id, epoch }) => [id, epoch]));
  const { added, bounced, died } = decideBrokerChange(context.brokerEpochs(), epochs);
  if (added.length + bounced.length + died.length === 0) return;
  logger.info(
    `Newly added brokers: ${added.join(',')}, deleted brokers: ${died.join(',')}, bounced brokers: ` +
      `${bounced.join(',')}, all live brokers: ${[...epochs.keys()].join(',')}`,
  );
  const infos = (ids: readonly number[]): BrokerInfo[] => registered.filter(({ id }) => ids.includes(id));

  for (const id of [...bounced, ...died]) channels.removeBroker(id);
  for (const broker of infos([...added, ...bounced])) channels.addBroker(broker);

  if (added.length > 0) {
    context.addLiveBrokers(turn, infos(added));
    await onBrokerStartup(parts, turn, added);
  }
  if (bounced.length > 0) {
    context.removeLiveBrokers(turn, bounced);
    await onBrokerFailure(parts, turn, bounced);
    context.addLiveBrokers(turn, infos(bounced));
    await onBrokerStartup(parts, turn, bounced);
  }
  if (died.length > 0) {
    context.removeLiveBrokers(turn, died);
    await onBrokerFailure(parts, turn, died);
  }
}

/**
 * The others learn who came; the new ones learn everything, first the metadata and then what they host. Their coming
 * may bring partitions back online, and reassignments and deletions that waited for them go on.
 */
async function onBrokerStartup(
  parts: ControllerParts,
  turn: Turn,
  started: readonly number[],
): Promise<void> {
  const { context } = parts;
  for (const id of started) context.forgetOfflineDirs(turn, id);
  const existing = context.liveOrShuttingDownBrokerIds().filter((id) => !started.includes(id));
  sendUpdateMetadata(parts, existing, []);
  sendUpdateMetadata(
    parts,
    started,
    context.partitionsWithLeadership().map(({ of }) => of),
  );
  const replicas = context.replicasOnBrokers(started);
  await parts.replicaStateMachine.handleStateChanges(turn, replicas, 'OnlineReplica');
  await parts.partitionStateMachine.triggerOnlinePartitionStateChange(turn);
  await resumeReassignments(parts, turn, (_of, assignment) =>
    targetReplicas(assignment).some((replica) => started.includes(replica)),
  );
  const topics = new Set(replicas.map(({ topic }) => topic));
  await parts.topicDeletionManager.resumeDeletionForTopics(turn, [...topics]);
  await parts.watches.watchBrokers(started);
}

async function onBrokerFailure(parts: ControllerParts, turn: Turn, dead: readonly number[]): Promise<void> {
  const { context, watches } = parts;
  for (const id of dead) {
    context.forgetOfflineDirs(turn, id);
    context.unmarkShuttingDown(turn, id);
  }
  await onReplicasBecomeOffline(parts, turn, context.replicasOnBrokers(dead));
  watches.unwatchBrokers(dead);
}

/** New endpoints or features of a live broker go to all; anything else in its znode does not matter here. */
export async function processBrokerModifications(
  parts: ControllerParts,
  turn: Turn,
  brokerId: number,
): Promise<void> {
  const { store, context } = parts;
  const registered = await store.broker(brokerId);
  const known = context.liveOrShuttingDownBroker(brokerId);
  if (registered === null || known === undefined) return;
  if (sameFace(registered, known)) return;
  // The epoch stays: whether the broker restarted is BrokerChange's question.
  context.addLiveBrokers(turn, [{ ...registered, epoch: known.epoch }]);
  sendUpdateMetadata(parts, context.liveOrShuttingDownBrokerIds(), []);
}

function sameFace(one: BrokerInfo, other: BrokerInfo): boolean {
  return faceOf(one) === faceOf(other);
}

function faceOf({ endpoints, features }: BrokerInfo): string {
  const listeners = endpoints.map(({ host, port, listenerName, securityProtocol }) => [
    listenerName,
    host,
    port,
    securityProtocol,
  ]);
  const versions = [...features].map(([name, { minVersion, maxVersion }]) => [name, minVersion, maxVersion]);
  return JSON.stringify([listeners, versions]);
}
