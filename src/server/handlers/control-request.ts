/**
 * What LeaderAndIsr, StopReplica and UpdateMetadata have in common: only brokers may send them, and a request meant
 * for an earlier registration of this broker is refused, because its sender decided before we came back (KIP-380).
 */
import { KafkaError } from '../../protocol/index.ts';
import { CLUSTER } from '../../security/index.ts';
import type { Access } from '../handler.ts';
import type { Services } from '../services.ts';

const NO_EPOCH = -1;

export const CLUSTER_ACTION: readonly Access[] = [
  { operation: 'CLUSTER_ACTION', resource: CLUSTER, ifDenied: 'CLUSTER_AUTHORIZATION_FAILED' },
];

/**
 * Throws STALE_BROKER_EPOCH for a request that names an older broker epoch than ours. A newer one is fine: the
 * controller may see our new registration before we know its number ourselves (contract 3.10).
 */
export function refuseStaleBrokerEpoch(brokerEpoch: number, services: Services): void {
  if (brokerEpoch !== NO_EPOCH && brokerEpoch < services.brokerEpoch())
    throw new KafkaError('STALE_BROKER_EPOCH');
}
