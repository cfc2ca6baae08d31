/**
 * Replicas and leaders: fetching from the leader, falling out of the ISR, electing, shutting down in good order.
 */
import { metadataVersionProblem } from '../checks.ts';
import { boolean, int, long, string } from '../row.ts';

export const replicationRows = {
  'num.replica.alter.log.dirs.threads': int({
    default: null,
    importance: 'high',
    doc: 'Movers of replicas between log directories; unset, one per directory.',
  }),
  'controlled.shutdown.max.retries': int({
    default: 3,
    importance: 'medium',
    doc: 'How often a stopping broker asks the controller to move its leaders before it just stops.',
  }),
  'controlled.shutdown.retry.backoff.ms': long({
    default: 5000,
    importance: 'medium',
    doc: 'Pause between two such attempts.',
  }),
  'controlled.shutdown.enable': boolean({
    default: true,
    importance: 'medium',
    doc: 'Moves leaders away before the broker stops, so that its partitions stay available.',
  }),
  'controller.socket.timeout.ms': int({
    default: 30000,
    importance: 'medium',
    doc: "How long the controller waits for a broker's answer.",
  }),
  'default.replication.factor': int({
    default: 1,
    importance: 'medium',
    doc: 'Replicas of topics that are created without saying how many.',
  }),
  'replica.lag.time.max.ms': long({
    default: 30000,
    importance: 'high',
    doc: 'A follower that has not caught up with the leader for so long leaves the ISR.',
  }),
  'replica.socket.timeout.ms': int({
    default: 30000,
    importance: 'high',
    doc: "How long a follower waits for the leader's answer; at least replica.fetch.wait.max.ms.",
  }),
  'replica.socket.receive.buffer.bytes': int({
    default: 65536,
    importance: 'high',
    effect: 'accepted, no effect because Node leaves socket buffers to the system',
    doc: "SO_RCVBUF of the follower's connection to the leader.",
  }),
  'replica.fetch.max.bytes': int({
    default: 1048576,
    min: 0,
    importance: 'medium',
    doc: 'Bytes a follower asks for per partition. A larger batch still comes through.',
  }),
  'replica.fetch.wait.max.ms': int({
    default: 500,
    importance: 'high',
    doc: "How long the leader holds a follower's fetch when there is nothing new. Keep it below replica.lag.time.max.ms.",
  }),
  'replica.fetch.backoff.ms': int({
    default: 1000,
    min: 0,
    importance: 'medium',
    doc: 'Pause of a follower after an error from the leader.',
  }),
  'replica.fetch.min.bytes': int({
    default: 1,
    importance: 'high',
    doc: "Bytes a follower's fetch waits for.",
  }),
  'replica.fetch.response.max.bytes': int({
    default: 10485760,
    min: 0,
    importance: 'medium',
    doc: 'Bytes a follower asks for in all. A larger first batch still comes through.',
  }),
  'num.replica.fetchers': int({
    default: 1,
    importance: 'high',
    dynamic: 'cluster-wide',
    doc: 'Connections by which followers copy from each other broker. More keep more partitions moving at a time.',
  }),
  'replica.high.watermark.checkpoint.interval.ms': long({
    default: 5000,
    importance: 'high',
    doc: 'How often high watermarks are written to disk.',
  }),
  'fetch.purgatory.purge.interval.requests': int({
    default: 1000,
    importance: 'medium',
    doc: 'Finished waiting fetches gathered before they are swept out.',
  }),
  'producer.purgatory.purge.interval.requests': int({
    default: 1000,
    importance: 'medium',
    doc: 'Finished waiting produces gathered before they are swept out.',
  }),
  'delete.records.purgatory.purge.interval.requests': int({
    default: 1,
    importance: 'medium',
    doc: 'Finished waiting DeleteRecords gathered before they are swept out.',
  }),
  'auto.leader.rebalance.enable': boolean({
    default: true,
    importance: 'high',
    doc: 'Gives leadership back to the preferred (first) replica now and then.',
  }),
  'leader.imbalance.per.broker.percentage': int({
    default: 10,
    importance: 'high',
    doc: "Share of a broker's preferred leaders that may be led elsewhere before that happens.",
  }),
  'leader.imbalance.check.interval.seconds': long({
    default: 300,
    min: 1,
    importance: 'high',
    doc: 'How often the controller looks.',
  }),
  'unclean.leader.election.enable': boolean({
    default: false,
    importance: 'high',
    dynamic: 'cluster-wide',
    doc: 'Lets a replica outside the ISR become leader when no other is left: available again, at the price of lost records.',
  }),
  'inter.broker.protocol.version': string({
    default: '3.9-IV0',
    check: metadataVersionProblem,
    importance: 'medium',
    doc: 'Version of the protocol between brokers. Raise it after all brokers of a rolling upgrade run the new software.',
  }),
  'replica.selector.class': string({
    default: null,
    importance: 'medium',
    doc: "Chooses the replica a consumer reads from. org.apache.kafka.common.replica.RackAwareReplicaSelector picks one of the consumer's rack.",
  }),
} as const;
