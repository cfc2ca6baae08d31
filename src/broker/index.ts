export { BrokerStartError } from './broker-start-error.ts';
export { Broker } from './broker.ts';
export type { BrokerOptions } from './broker.ts';
export { runBroker } from './run-broker.ts';
export type { RunBrokerOptions } from './run-broker.ts';
