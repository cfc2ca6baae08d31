/**
 * Replicas and leaders: fetching from the leader, falling out of the ISR, electing, shutting down in good order.
 */
import { metadataVersionProblem } from '../checks.ts';
import { boolean, int, long, string } from '../row.ts';

export const replicationRows = {
  'num.replica.alter.log.dirs.threads': int({ default: null, importance: 'high', doc: '' }),
  'controlled.shutdown.max.retries': int({ default: 3, importance: 'medium', doc: '' }),
  'controlled.shutdown.retry.backoff.ms': long({ default: 5000, importance: 'medium', doc: '' }),
  'controlled.shutdown.enable': boolean({ default: true, importance: 'medium', doc: '' }),
  'controller.socket.timeout.ms': int({ default: 30000, importance: 'medium', doc: '' }),
  'default.replication.factor': int({ default: 1, importance: 'medium', doc: '' }),
  'replica.lag.time.max.ms': long({ default: 30000, importance: 'high', doc: '' }),
  'replica.socket.timeout.ms': int({ default: 30000, importance: 'high', doc: '' }),
  'replica.socket.receive.buffer.bytes': int({ default: 65536, importance: 'high', doc: '' }),
  'replica.fetch.max.bytes': int({ default: 1048576, min: 0, importance: 'medium', doc: '' }),
  'replica.fetch.wait.max.ms': int({ default: 500, importance: 'high', doc: '' }),
  'replica.fetch.backoff.ms': int({ default: 1000, min: 0, importance: 'medium', doc: '' }),
  'replica.fetch.min.bytes': int({ default: 1, importance: 'high', doc: '' }),
  'replica.fetch.response.max.bytes': int({ default: 10485760, min: 0, importance: 'medium', doc: '' }),
  'num.replica.fetchers': int({ default: 1, importance: 'high', dynamic: 'cluster-wide', doc: '' }),
  'replica.high.watermark.checkpoint.interval.ms': long({ default: 5000, importance: 'high', doc: '' }),
  'fetch.purgatory.purge.interval.requests': int({ default: 1000, importance: 'medium', doc: '' }),
  'producer.purgatory.purge.interval.requests': int({ default: 1000, importance: 'medium', doc: '' }),
  'delete.records.purgatory.purge.interval.requests': int({ default: 1, importance: 'medium', doc: '' }),
  'auto.leader.rebalance.enable': boolean({ default: true, importance: 'high', doc: '' }),
  'leader.imbalance.per.broker.percentage': int({ default: 10, importance: 'high', doc: '' }),
  'leader.imbalance.check.interval.seconds': long({ default: 300, min: 1, importance: 'high', doc: '' }),
  'unclean.leader.election.enable': boolean({
    default: false,
    importance: 'high',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'inter.broker.protocol.version': string({
    default: '3.9-IV0',
    check: metadataVersionProblem,
    importance: 'medium',
    doc: '',
  }),
  'replica.selector.class': string({ default: null, importance: 'medium', doc: '' }),
} as const;
