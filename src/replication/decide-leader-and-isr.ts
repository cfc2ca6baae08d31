/**
 * What a broker makes of one partition in the controller's LeaderAndIsr and StopReplica requests (contract 3.10).
 * Epochs are the whole defence: a request of an older controller, or one that was overtaken on its way, must not
 * undo what a newer one said. Pure rules; the ReplicaManager carries them out.
 */
import { ZERO_UUID } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';

/** Before the first LeaderAndIsr of a partition: lower than every epoch the controller gives. */
export const NO_LEADER_EPOCH = -1;
/** The leader of a partition that has none. */
export const NO_LEADER = -1;

/** StopReplica does not get a new epoch when a topic is deleted: this one passes every check. */
const EPOCH_DURING_DELETE = -2;

export interface LeaderAndIsrInput {
  readonly localBrokerId: number;
  /** ZERO_UUID when the controller gave none. */
  readonly requestTopicId: string;
  readonly request: {
    readonly leader: number;
    readonly leaderEpoch: number;
    readonly replicas: readonly number[];
  };
  readonly local: { readonly isOffline: boolean; readonly leaderEpoch: number; readonly topicId: string };
}

export type LeaderAndIsrDecision =
  | { readonly kind: 'become-leader' }
  | { readonly kind: 'become-follower' }
  /** Only the id of an older log is missing: no change of leadership. */
  | { readonly kind: 'attach-topic-id' }
  /** `severity`: how loudly the state change log says so. */
  | { readonly kind: 'refuse'; readonly error: ErrorName; readonly severity: Severity };

type Severity = 'info' | 'warn' | 'error';

export function decideLeaderAndIsr(input: LeaderAndIsrInput): LeaderAndIsrDecision {
  const { request, local, requestTopicId } = input;
  if (local.isOffline) return refuse('KAFKA_STORAGE_ERROR');
  if (!isConsistentTopicId(requestTopicId, local.topicId)) return refuse('INCONSISTENT_TOPIC_ID', 'error');
  if (request.leaderEpoch < local.leaderEpoch) return refuse('STALE_CONTROLLER_EPOCH');
  if (request.leaderEpoch === local.leaderEpoch) {
    const idIsMissing = requestTopicId !== ZERO_UUID && local.topicId === ZERO_UUID;
    // Ordinary: a controller that takes over tells every broker all it knows.
    return idIsMissing ? { kind: 'attach-topic-id' } : refuse('STALE_CONTROLLER_EPOCH', 'info');
  }
  if (!request.replicas.includes(input.localBrokerId)) return refuse('UNKNOWN_TOPIC_OR_PARTITION');
  return { kind: request.leader === input.localBrokerId ? 'become-leader' : 'become-follower' };
}

function refuse(error: ErrorName, severity: Severity = 'warn'): LeaderAndIsrDecision {
  return { kind: 'refuse', error, severity };
}

/** A topic that was deleted and made again has another id; a request or a log without an id fits every topic. */
export function isConsistentTopicId(requestTopicId: string, localTopicId: string): boolean {
  return requestTopicId === ZERO_UUID || localTopicId === ZERO_UUID || requestTopicId === localTopicId;
}

export interface StopReplicaInput {
  /** Undefined for a partition this broker has no state of: a leftover folder may still be deleted. */
  readonly local: { readonly isOffline: boolean; readonly leaderEpoch: number } | undefined;
  readonly requestLeaderEpoch: number;
}

/** NONE: stop it. */
export function decideStopReplica({ local, requestLeaderEpoch }: StopReplicaInput): ErrorName {
  if (local === undefined) return 'NONE';
  if (local.isOffline) return 'KAFKA_STORAGE_ERROR';
  const passes =
    requestLeaderEpoch === EPOCH_DURING_DELETE ||
    requestLeaderEpoch === NO_LEADER_EPOCH ||
    requestLeaderEpoch >= local.leaderEpoch;
  return passes ? 'NONE' : 'FENCED_LEADER_EPOCH';
}

/** Whether the leader epoch a request means is the one this replica is at (KIP-320). -1: it does not say. */
export function checkCurrentLeaderEpoch(requestEpoch: number, localEpoch: number): ErrorName {
  if (requestEpoch === NO_LEADER_EPOCH || requestEpoch === localEpoch) return 'NONE';
  return requestEpoch < localEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
}
