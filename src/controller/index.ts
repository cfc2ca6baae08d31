export type { ControllerChannel, ControlResponse, OpenChannel } from './controller-channel-manager.ts';
export type { ControlRequest } from './controller-request-batch.ts';
export {
  LEADER_AND_ISR_VERSION,
  STOP_REPLICA_VERSION,
  UPDATE_METADATA_VERSION,
} from './controller-request-batch.ts';
export { KafkaController } from './kafka-controller.ts';
export type { KafkaControllerOptions } from './kafka-controller.ts';
export { networkChannels } from './network-channels.ts';
export type { NetworkChannelOptions } from './network-channels.ts';
