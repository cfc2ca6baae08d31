export { BrokerConnection, offers } from './broker-connection.ts';
export type { Api } from './broker-connection.ts';
export { ClusterClient, codeOf, COORDINATOR, errorIn, parseHostPort, throwIf } from './cluster-client.ts';
export type { Metadata, Node, TopicMetadata } from './cluster-client.ts';
export * from './admin.ts';
