/** The settings of the transaction coordinator, by the names of server.properties; all of them read-only at run time. */
import type { BrokerConfig } from '../../config/index.ts';

export interface TransactionConfig {
  readonly maxTimeoutMs: number;
  readonly transactionalIdExpirationMs: number;
  readonly abortTimedOutIntervalMs: number;
  readonly removeExpiredIntervalMs: number;
  readonly loadBufferBytes: number;
  /** Of requests to other brokers, and of tombstones on their way to the replicas. */
  readonly requestTimeoutMs: number;
  /** No batch of tombstones is larger. */
  readonly maxBatchBytes: number;
}

export function transactionConfigOf(config: BrokerConfig): TransactionConfig {
  return {
    maxTimeoutMs: config.get('transaction.max.timeout.ms'),
    transactionalIdExpirationMs: config.get('transactional.id.expiration.ms'),
    abortTimedOutIntervalMs: config.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    removeExpiredIntervalMs: config.get('transaction.remove.expired.transaction.cleanup.interval.ms'),
    loadBufferBytes: config.get('transaction.state.log.load.buffer.size'),
    requestTimeoutMs: config.get('request.timeout.ms'),
    maxBatchBytes: config.get('message.max.bytes'),
  };
}
