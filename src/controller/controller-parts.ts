/**
 * What an event of the controller works with: the services, and on top of them the state machines, the topic deletion
 * manager, the watches, and the queue for what is to follow. The state machines themselves see only the services.
 */
import type { ControllerEvent } from './controller-event.ts';
import type { ControllerServices } from './controller-services.ts';
import type { ControllerWatches } from './controller-watches.ts';
import type { PartitionStateMachine } from './partition-state-machine.ts';
import type { ReplicaStateMachine } from './replica-state-machine.ts';
import type { TopicDeletionManager } from './topic-deletion-manager.ts';

export interface ControllerParts extends ControllerServices {
  readonly partitionStateMachine: PartitionStateMachine;
  readonly replicaStateMachine: ReplicaStateMachine;
  readonly topicDeletionManager: TopicDeletionManager;
  readonly watches: ControllerWatches;
  readonly put: (event: ControllerEvent) => void;
  readonly newTopicId: () => string;
}
