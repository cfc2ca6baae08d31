/** Puts a broker's fetchers together: which settings they obey, how they reach their leaders, whom they tell. */
import type { BrokerConfig } from '../../config/index.ts';
import type { MetadataCache } from '../../metadata/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { ConnectToBroker } from '../broker-client.ts';
import type { Partition } from '../partition.ts';
import type { Throttle } from '../throttle/replication-throttle.ts';
import { LeaderConnection } from './leader-connection.ts';
import { ReplicaFetcherManager } from './replica-fetcher-manager.ts';
import { ReplicaFetcher } from './replica-fetcher.ts';

export interface CreateFetchersOptions {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'logger'>;
  readonly metrics: Metrics;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly metadataCache: Pick<MetadataCache, 'brokerEndpoint'>;
  readonly connect: ConnectToBroker;
  /** Of what is fetched. */
  readonly throttle: Throttle;
  readonly onReplicated: (partition: Partition, bytes: number) => void;
  readonly onTruncated: (partition: Partition, offset: number) => void;
}

export function createFetchers(options: CreateFetchersOptions): ReplicaFetcherManager {
  const { runtime, metrics, config, brokerId, brokerEpoch, metadataCache, connect } = options;
  const { throttle, onReplicated, onTruncated } = options;
  const listenerName = config.interBrokerListenerName;
  const manager: ReplicaFetcherManager = new ReplicaFetcherManager({
    metrics,
    numFetchers: config.get('num.replica.fetchers'),
    createFetcher(leaderId, fetcherId) {
      const logger = runtime.logger.child('kafka.server.ReplicaFetcherThread', {
        broker: brokerId,
        leader: leaderId,
      });
      const leader = new LeaderConnection({
        brokerId,
        brokerEpoch,
        leaderId,
        connect,
        protocol: config.interBrokerProtocol,
        clientId: `broker-${brokerId}-fetcher-${fetcherId}`,
        endpoint: () => metadataCache.brokerEndpoint(leaderId, listenerName),
        socketTimeoutMs: config.get('replica.socket.timeout.ms'),
      });
      return new ReplicaFetcher({
        runtime: { ...runtime, logger },
        leader,
        limits: {
          maxWaitMs: config.get('replica.fetch.wait.max.ms'),
          minBytes: config.get('replica.fetch.min.bytes'),
          maxBytes: config.get('replica.fetch.response.max.bytes'),
          partitionMaxBytes: config.get('replica.fetch.max.bytes'),
          backoffMs: config.get('replica.fetch.backoff.ms'),
        },
        throttle,
        onReplicated,
        onTruncated,
        onFailed(partition, reason) {
          logger.warn('A partition is not followed any more until its next leader', {
            partition: `${partition.topic}-${partition.partition}`,
            reason,
          });
          manager.markFailed(partition);
        },
      });
    },
  });
  return manager;
}
