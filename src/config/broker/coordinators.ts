/**
 * Consumer groups with their offsets, and transactions with their producer ids.
 */
import { boolean, int, INT_MAX, list, long, short } from '../row.ts';

export const coordinatorRows = {
  'group.min.session.timeout.ms': int({ default: 6000, importance: 'medium', doc: '' }),
  'group.max.session.timeout.ms': int({ default: 1800000, importance: 'medium', doc: '' }),
  'group.initial.rebalance.delay.ms': int({ default: 3000, importance: 'medium', doc: '' }),
  'group.max.size': int({ default: INT_MAX, min: 1, importance: 'medium', doc: '' }),
  'group.coordinator.rebalance.protocols': list({
    default: ['classic'],
    allowed: ['consumer', 'classic', 'share', 'unknown'],
    importance: 'medium',
    doc: '',
  }),
  'offset.metadata.max.bytes': int({ default: 4096, importance: 'high', doc: '' }),
  'offsets.load.buffer.size': int({ default: 5242880, min: 1, importance: 'high', doc: '' }),
  'offsets.topic.replication.factor': short({ default: 3, min: 1, importance: 'high', doc: '' }),
  'offsets.topic.num.partitions': int({ default: 50, min: 1, importance: 'high', doc: '' }),
  'offsets.topic.segment.bytes': int({ default: 104857600, min: 1, importance: 'high', doc: '' }),
  'offsets.topic.compression.codec': int({ default: 0, importance: 'high', doc: '' }),
  'offsets.retention.minutes': int({ default: 10080, min: 1, importance: 'high', doc: '' }),
  'offsets.retention.check.interval.ms': long({ default: 600000, min: 1, importance: 'high', doc: '' }),
  'offsets.commit.timeout.ms': int({ default: 5000, min: 1, importance: 'high', doc: '' }),
  'offsets.commit.required.acks': short({ default: -1, importance: 'high', doc: '' }),
  'transaction.state.log.min.isr': int({ default: 2, min: 1, importance: 'high', doc: '' }),
  'transaction.state.log.load.buffer.size': int({ default: 5242880, min: 1, importance: 'high', doc: '' }),
  'transaction.state.log.replication.factor': short({ default: 3, min: 1, importance: 'high', doc: '' }),
  'transaction.state.log.num.partitions': int({ default: 50, min: 1, importance: 'high', doc: '' }),
  'transaction.state.log.segment.bytes': int({ default: 104857600, min: 1, importance: 'high', doc: '' }),
  'transaction.partition.verification.enable': boolean({
    default: true,
    importance: 'low',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'producer.id.expiration.ms': int({
    default: 86400000,
    min: 1,
    importance: 'low',
    dynamic: 'cluster-wide',
    doc: '',
  }),
  'producer.id.expiration.check.interval.ms': int({
    default: 600000,
    min: 1,
    importance: 'low',
    internal: true,
    doc: '',
  }),
  'transactional.id.expiration.ms': int({ default: 604800000, min: 1, importance: 'high', doc: '' }),
  'transaction.max.timeout.ms': int({ default: 900000, min: 1, importance: 'high', doc: '' }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int({
    default: 10000,
    min: 1,
    importance: 'low',
    doc: '',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int({
    default: 3600000,
    min: 1,
    importance: 'low',
    doc: '',
  }),
} as const;
