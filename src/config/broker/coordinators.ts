/**
 * Consumer groups with their offsets, and transactions with their producer ids.
 */
import { boolean, int, INT_MAX, list, long, short } from '../row.ts';

export const coordinatorRows = {
  'group.min.session.timeout.ms': int({
    default: 6000,
    importance: 'medium',
    doc: 'Shortest session timeout a group member may ask for.',
  }),
  'group.max.session.timeout.ms': int({
    default: 1800000,
    importance: 'medium',
    doc: 'Longest session timeout a group member may ask for. The longer, the later a dead member is noticed.',
  }),
  'group.initial.rebalance.delay.ms': int({
    default: 3000,
    importance: 'medium',
    doc: 'How long the first rebalance of an empty group waits for more members, to spare the next ones.',
  }),
  'group.max.size': int({ default: INT_MAX, min: 1, importance: 'medium', doc: 'Most members of a group.' }),
  'group.coordinator.rebalance.protocols': list({
    default: ['classic'],
    allowed: ['consumer', 'classic', 'share', 'unknown'],
    importance: 'medium',
    doc: 'Group protocols served. In ZooKeeper mode there is only classic.',
  }),
  'offset.metadata.max.bytes': int({
    default: 4096,
    importance: 'high',
    doc: 'Longest text that can be stored beside a committed offset.',
  }),
  'offsets.load.buffer.size': int({
    default: 5242880,
    min: 1,
    importance: 'high',
    doc: 'Bytes read at a time when committed offsets are loaded.',
  }),
  'offsets.topic.replication.factor': short({
    default: 3,
    min: 1,
    importance: 'high',
    doc: 'Replicas of __consumer_offsets. The topic is not created before that many brokers are alive.',
  }),
  'offsets.topic.num.partitions': int({
    default: 50,
    min: 1,
    importance: 'high',
    doc: "Partitions of __consumer_offsets. Not to be changed once groups exist: a group's coordinator is found by it.",
  }),
  'offsets.topic.segment.bytes': int({
    default: 104857600,
    min: 1,
    importance: 'high',
    doc: 'Segment size of __consumer_offsets; small, so that compaction and loading are quick.',
  }),
  'offsets.topic.compression.codec': int({
    default: 0,
    importance: 'high',
    doc: 'Compression of __consumer_offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.',
  }),
  'offsets.retention.minutes': int({
    default: 10080,
    min: 1,
    importance: 'high',
    doc: 'How long committed offsets outlive the last member of their group.',
  }),
  'offsets.retention.check.interval.ms': long({
    default: 600000,
    min: 1,
    importance: 'high',
    doc: 'How often expired offsets are looked for.',
  }),
  'offsets.commit.timeout.ms': int({
    default: 5000,
    min: 1,
    importance: 'high',
    doc: 'How long a commit may wait for the replicas of __consumer_offsets.',
  }),
  'offsets.commit.required.acks': short({
    default: -1,
    importance: 'high',
    doc: 'Acknowledgements before a commit is answered. Leave it at -1, all.',
  }),
  'transaction.state.log.min.isr': int({
    default: 2,
    min: 1,
    importance: 'high',
    doc: 'min.insync.replicas of __transaction_state.',
  }),
  'transaction.state.log.load.buffer.size': int({
    default: 5242880,
    min: 1,
    importance: 'high',
    doc: 'Bytes read at a time when transactions are loaded.',
  }),
  'transaction.state.log.replication.factor': short({
    default: 3,
    min: 1,
    importance: 'high',
    doc: 'Replicas of __transaction_state. The topic is not created before that many brokers are alive.',
  }),
  'transaction.state.log.num.partitions': int({
    default: 50,
    min: 1,
    importance: 'high',
    doc: 'Partitions of __transaction_state. Not to be changed once transactional ids exist: their coordinator is found by it.',
  }),
  'transaction.state.log.segment.bytes': int({
    default: 104857600,
    min: 1,
    importance: 'high',
    doc: 'Segment size of __transaction_state.',
  }),
  'transaction.partition.verification.enable': boolean({
    default: true,
    importance: 'low',
    dynamic: 'cluster-wide',
    doc: 'Asks the coordinator whether a partition is part of the transaction before writing to it (KIP-890); it prevents hanging transactions.',
  }),
  'producer.id.expiration.ms': int({
    default: 86400000,
    min: 1,
    importance: 'low',
    dynamic: 'cluster-wide',
    doc: "How long a partition remembers an idle producer's sequence numbers.",
  }),
  'producer.id.expiration.check.interval.ms': int({
    default: 600000,
    min: 1,
    importance: 'low',
    internal: true,
    doc: 'How often forgotten producers are looked for.',
  }),
  'transactional.id.expiration.ms': int({
    default: 604800000,
    min: 1,
    importance: 'high',
    doc: 'How long an unused transactional id is remembered.',
  }),
  'transaction.max.timeout.ms': int({
    default: 900000,
    min: 1,
    importance: 'high',
    doc: 'Longest transaction timeout a producer may ask for. A hanging transaction blocks readers of committed records as long.',
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int({
    default: 10000,
    min: 1,
    importance: 'low',
    doc: 'How often overdue transactions are looked for and aborted.',
  }),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int({
    default: 3600000,
    min: 1,
    importance: 'low',
    doc: 'How often expired transactional ids are looked for.',
  }),
} as const;
