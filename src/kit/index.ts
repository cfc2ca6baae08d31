export { BROKER_HEAP_OPTIONS } from './broker-heap.ts';
export { BrokerFailedError } from './broker-process.ts';
export { Cluster, ClusterError, openCluster, startCluster } from './cluster.ts';
export type { BrokerStatus, ClusterOptions } from './cluster.ts';
export { freePort, takenPorts } from './ports.ts';
export type { TakenPort } from './ports.ts';
export * from './zookeeper/index.ts';
