/**
 * What the parts of the controller share: its picture of the cluster, the store, the channels, and where it writes
 * down what it did. One value per controller, handed to every event and state machine.
 */
import type { TopicPartition } from '../common/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import type { Logger, Timers } from '../runtime/index.ts';
import type { ControllerChannelManager } from './controller-channel-manager.ts';
import type { ControllerContext } from './controller-context.ts';
import { ControllerRequestBatch } from './controller-request-batch.ts';
import type { ControllerStore } from './controller-store.ts';

export interface ControllerServices {
  readonly brokerId: number;
  readonly config: BrokerConfig;
  readonly context: ControllerContext;
  readonly store: ControllerStore;
  readonly channels: ControllerChannelManager;
  readonly facts: FactStream;
  readonly metrics: Metrics;
  readonly timers: Pick<Timers, 'endOfTurn'>;
  readonly logger: Logger;
  /** Kafka's state.change.logger. */
  readonly stateChangeLogger: Logger;
}

/** Collects requests with `fill` and sends them. */
export function sendBatch(services: ControllerServices, fill: (batch: ControllerRequestBatch) => void): void {
  const batch = newBatch(services);
  fill(batch);
  sendRequests(services, batch);
}

/** Without partitions it still tells the brokers who is alive. */
export function sendUpdateMetadata(
  services: ControllerServices,
  brokers: readonly number[],
  partitions: readonly TopicPartition[],
): void {
  sendBatch(services, (batch) => {
    batch.addUpdateMetadata(brokers, partitions);
  });
}

export function newBatch({ context, brokerId, config }: ControllerServices): ControllerRequestBatch {
  const { interBrokerListenerName, interBrokerProtocol: protocol } = config;
  return new ControllerRequestBatch({ context, controllerId: brokerId, interBrokerListenerName, protocol });
}

export function sendRequests(
  { channels, stateChangeLogger }: ControllerServices,
  batch: ControllerRequestBatch,
): void {
  const requests = batch.requests();
  for (const { kind, brokerId, request } of requests) {
    const partitions = request.topicStates.reduce((sum, topic) => sum + topic.partitionStates.length, 0);
    stateChangeLogger.info(`Sending ${kind} request to broker ${brokerId} with ${partitions} partitions`);
  }
  channels.send(requests);
}
