/**
 * The events of the controller: everything that can make it act is one of these, queued and run one at a time
 * (contract 3.1). Watches, responses of brokers, timers and requests of clients only ever put an event.
 *
 * Invariant: an event that somebody waits for is answered, also when it is cleared from the queue unrun.
 * `CONTROLLER_STATES` is Kafka's table of what the controller says it is doing meanwhile: the number is the value of
 * the ControllerState metric, the name that of the event's rate-and-time metric.
 */
import type { Deferred, PartitionMap, TopicPartition } from '../common/index.ts';
import type { ErrorName } from '../protocol/index.ts';
import type { LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import type { UpdateMetadataResponse } from '../protocol/messages/06-update-metadata.ts';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../protocol/messages/56-alter-partition.ts';
import type {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
} from '../protocol/messages/67-allocate-producer-ids.ts';

import type { ReplicaAssignment } from '../zookeeper/index.ts';
import type { FeatureUpdate } from './decide/feature-update.ts';
import type { ReassignmentTarget } from './decide/reassignment.ts';
import type { ElectionOutcome, ElectionType, FeatureOutcomes, ReassignmentOutcome } from './outcomes.ts';

/** An event that somebody waits for: cleared from the queue, it is rejected instead of run. */
interface Answered<T> {
  readonly answer: Deferred<T>;
}

export type ControllerEvent =
  | { readonly kind: 'Startup' }
  /** /controller changed hands. */
  | { readonly kind: 'ControllerChange' }
  /** /controller is gone. */
  | { readonly kind: 'Reelect' }
  /** The session expired: whatever we were, we are it no longer. */
  | { readonly kind: 'Expire' }
  | { readonly kind: 'RegisterBrokerAndReelect' }
  | { readonly kind: 'BrokerChange' }
  | { readonly kind: 'BrokerModifications'; readonly brokerId: number }
  | { readonly kind: 'TopicChange' }
  | { readonly kind: 'PartitionModifications'; readonly topic: string }
  | { readonly kind: 'TopicDeletion' }
  | { readonly kind: 'IsrChangeNotification' }
  | { readonly kind: 'LogDirEventNotification' }
  /** Somebody wrote /admin/preferred_replica_election. */
  | { readonly kind: 'PreferredReplicaLeaderElection' }
  | { readonly kind: 'AutoPreferredReplicaLeaderElection' }
  | { readonly kind: 'UncleanLeaderElectionEnable' }
  | { readonly kind: 'TopicUncleanLeaderElectionEnable'; readonly topic: string }
  /** Somebody wrote /admin/reassign_partitions. */
  | { readonly kind: 'ZkPartitionReassignment' }
  | ({
      readonly kind: 'ApiPartitionReassignment';
      readonly targets: PartitionMap<ReassignmentTarget>;
    } & Answered<PartitionMap<ReassignmentOutcome>>)
  | ({
      readonly kind: 'ListPartitionReassignments';
      /** Null: all that are under way. */
      readonly partitions: readonly TopicPartition[] | null;
    } & Answered<PartitionMap<ReplicaAssignment>>)
  | ({
      readonly kind: 'ReplicaLeaderElection';
      readonly partitions: readonly TopicPartition[];
      readonly electionType: ElectionType;
    } & Answered<PartitionMap<ElectionOutcome>>)
  | ({
      readonly kind: 'UpdateFeatures';
      readonly updates: readonly FeatureUpdate[];
    } & Answered<FeatureOutcomes>)
  | {
      readonly kind: 'LeaderAndIsrResponseReceived';
      readonly brokerId: number;
      readonly response: LeaderAndIsrResponse;
    }
  | {
      readonly kind: 'UpdateMetadataResponseReceived';
      readonly brokerId: number;
      readonly response: UpdateMetadataResponse;
    }
  | {
      readonly kind: 'TopicDeletionStopReplicaResponseReceived';
      readonly brokerId: number;
      readonly requestError: ErrorName;
      readonly partitionErrors: readonly { readonly of: TopicPartition; readonly error: ErrorName }[];
    }
  | ({
      readonly kind: 'ControlledShutdown';
      readonly brokerId: number;
      readonly brokerEpoch: number;
    } & Answered<readonly TopicPartition[]>)
  | ({
      readonly kind: 'AlterPartitionReceived';
      readonly request: AlterPartitionRequest;
      readonly version: number;
    } & Answered<AlterPartitionResponse>)
  | ({
      readonly kind: 'AllocateProducerIds';
      readonly request: AllocateProducerIdsRequest;
    } & Answered<AllocateProducerIdsResponse>);

export type EventOf<Kind extends ControllerEvent['kind']> = Extract<ControllerEvent, { readonly kind: Kind }>;

export interface ControllerStateRow {
  readonly id: number;
  /** `<name>RateAndTimeMs` under kafka.controller:type=ControllerStats; null where Kafka has none. */
  readonly timingName: string | null;
}

const timed = (id: number, name: string): ControllerStateRow => ({ id, timingName: `${name}RateAndTimeMs` });

export const IDLE_STATE_ID = 0;

const CONTROLLER_CHANGE = timed(1, 'ControllerChange');
const PARTITION_REASSIGNMENT = timed(5, 'PartitionReassignment');
const MANUAL_LEADER_BALANCE = timed(7, 'ManualLeaderBalance');
const ISR_CHANGE = timed(9, 'IsrChange');

export const CONTROLLER_STATES: Readonly<Record<ControllerEvent['kind'], ControllerStateRow>> = {
  Startup: CONTROLLER_CHANGE,
  ControllerChange: CONTROLLER_CHANGE,
  Reelect: CONTROLLER_CHANGE,
  Expire: CONTROLLER_CHANGE,
  RegisterBrokerAndReelect: CONTROLLER_CHANGE,
  // Older than the states themselves, this metric kept its name.
  BrokerChange: timed(2, 'LeaderElection'),
  BrokerModifications: timed(2, 'LeaderElection'),
  TopicChange: timed(3, 'TopicChange'),
  PartitionModifications: timed(3, 'TopicChange'),
  TopicDeletion: timed(4, 'TopicDeletion'),
  TopicDeletionStopReplicaResponseReceived: timed(4, 'TopicDeletion'),
  ZkPartitionReassignment: PARTITION_REASSIGNMENT,
  ApiPartitionReassignment: PARTITION_REASSIGNMENT,
  AutoPreferredReplicaLeaderElection: timed(6, 'AutoLeaderBalance'),
  PreferredReplicaLeaderElection: MANUAL_LEADER_BALANCE,
  ReplicaLeaderElection: MANUAL_LEADER_BALANCE,
  ControlledShutdown: timed(8, 'ControlledShutdown'),
  IsrChangeNotification: ISR_CHANGE,
  AlterPartitionReceived: ISR_CHANGE,
  LeaderAndIsrResponseReceived: timed(10, 'LeaderAndIsrResponseReceived'),
  LogDirEventNotification: timed(11, 'LogDirChange'),
  UncleanLeaderElectionEnable: timed(13, 'UncleanLeaderElectionEnable'),
  TopicUncleanLeaderElectionEnable: timed(14, 'TopicUncleanLeaderElectionEnable'),
  ListPartitionReassignments: timed(15, 'ListPartitionReassignment'),
  UpdateMetadataResponseReceived: { id: 16, timingName: null },
  UpdateFeatures: timed(17, 'UpdateFeatures'),
  AllocateProducerIds: { id: IDLE_STATE_ID, timingName: null },
};
