export type { ControllerChannel, ControlResponse, OpenChannel } from './controller-channel-manager.ts';
export type { ControlRequest } from './controller-request-batch.ts';
export { takeProducerIdBlock } from './take-producer-id-block.ts';
export { KafkaController } from './kafka-controller.ts';
export type { KafkaControllerOptions } from './kafka-controller.ts';
export { networkChannels } from './network-channels.ts';
export type { NetworkChannelOptions } from './network-channels.ts';
