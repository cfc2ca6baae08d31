/**
 * The two mailboxes of old: leaders of before AlterPartition leave word of a changed ISR in
 * /isr_change_notification, and every broker leaves word of a failed disk in /log_dir_event_notification. The
 * controller reads, acts, and deletes what it has read.
 */
import type { ControllerParts } from '../controller-parts.ts';
import { sendUpdateMetadata } from '../controller-services.ts';
import type { Turn } from '../turn.ts';
import { completeReassignments } from './reassignment-steps.ts';

export async function processIsrChangeNotification(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context } = parts;
  const notifications = await store.isrChangeNotifications();
  try {
    const partitions = await store.partitionsOfIsrChanges(notifications);
    if (partitions.length === 0) return;
    for (const [of, state] of await store.partitionStates(partitions)) context.setLeadership(turn, of, state);
    sendUpdateMetadata(parts, context.liveOrShuttingDownBrokerIds(), partitions);
    // A leader of old has no other way to say that the replicas of a move have caught up.
    await completeReassignments(parts, turn, partitions);
  } finally {
    await store.deleteIsrChangeNotifications(notifications, context.epochZkVersion);
  }
}

/**
 * A broker lost a disk but not which replicas: a LeaderAndIsr for all it hosts makes it say, with KAFKA_STORAGE_ERROR
 * for each one that is gone.
 */
export async function processLogDirEventNotification(parts: ControllerParts, turn: Turn): Promise<void> {
  const { store, context, replicaStateMachine } = parts;
  const notifications = await store.logDirEventNotifications();
  try {
    const brokers = await store.brokersOfLogDirEvents(notifications);
    await replicaStateMachine.handleStateChanges(turn, context.replicasOnBrokers(brokers), 'OnlineReplica');
  } finally {
    await store.deleteLogDirEventNotifications(notifications, context.epochZkVersion);
  }
}
