/**
 * Every key a broker of Kafka 3.9 knows in ZooKeeper mode, in one table put together from the themes. A key outside
 * the table is kept and warned about: plugins and listeners bring keys of their own.
 */
import { coordinatorRows } from './broker/coordinators.ts';
import { generalRows } from './broker/general.ts';
import { kraftRows } from './broker/kraft.ts';
import { listenerRows } from './broker/listeners.ts';
import { logRows } from './broker/log.ts';
import { quotaAndMetricRows } from './broker/quotas-and-metrics.ts';
import { replicationRows } from './broker/replication.ts';
import { saslRows } from './broker/sasl.ts';
import { securityRows } from './broker/security.ts';
import { sslRows } from './broker/ssl.ts';
import { tieredStorageRows } from './broker/tiered-storage.ts';
import { zookeeperRows } from './broker/zookeeper.ts';
import type { ConfigTable, ValueOf } from './row.ts';

export const brokerTable = {
  ...coordinatorRows,
  ...generalRows,
  ...kraftRows,
  ...listenerRows,
  ...logRows,
  ...quotaAndMetricRows,
  ...replicationRows,
  ...saslRows,
  ...securityRows,
  ...sslRows,
  ...tieredStorageRows,
  ...zookeeperRows,
};

export type BrokerKey = keyof typeof brokerTable;
export type BrokerValue<Key extends BrokerKey> = ValueOf<(typeof brokerTable)[Key]>;

export function isBrokerKey(key: string): key is BrokerKey {
  return Object.hasOwn(brokerTable, key);
}

/** The rows in the order a reader meets them. */
export const brokerThemes: readonly { readonly title: string; readonly rows: ConfigTable }[] = [
  { title: 'The broker', rows: generalRows },
  { title: 'Listeners and connections', rows: listenerRows },
  { title: 'ZooKeeper', rows: zookeeperRows },
  { title: 'The log', rows: logRows },
  { title: 'Replication and leaders', rows: replicationRows },
  { title: 'Groups and transactions', rows: coordinatorRows },
  { title: 'Quotas and metrics', rows: quotaAndMetricRows },
  { title: 'Security', rows: securityRows },
  { title: 'SASL', rows: saslRows },
  { title: 'TLS', rows: sslRows },
  { title: 'Tiered storage', rows: tieredStorageRows },
  { title: 'KRaft and what came with it', rows: kraftRows },
];
