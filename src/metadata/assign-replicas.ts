/**
 * Which brokers get the replicas of a new topic (contract 3.13). Leaders go round the brokers from a random start;
 * followers follow at a distance that grows each time round, so that a broker's partitions have their followers
 * spread over all others. With racks (KIP-36), brokers are first dealt out rack by rack, and a partition takes a rack
 * twice only when it has them all.
 *
 * Invariant: the replicas of a partition are on different brokers. Randomness comes from outside: same numbers, same
 * assignment.
 */
import { defined } from '../common/index.ts';
import { KafkaError } from '../protocol/index.ts';

export interface AssignableBroker {
  readonly id: number;
  readonly rack: string | null;
}

export interface AssignmentStart {
  /** Where the leaders begin, an index into the brokers. */
  readonly startIndex: number;
  /** How far behind the leader the first follower is, before it grows. */
  readonly shift: number;
  /** The number of the first partition: more than 0 when partitions are added. */
  readonly firstPartition: number;
}

/**
 * The assignment of a topic is one znode, and ZooKeeper takes no more than a megabyte (its jute.maxbuffer) in one: at
 * eight bytes or more for each partition these are more than any topic can have. Whoever asks for a billion is told so
 * at once, rather than after minutes in which nobody else is served.
 */
const MAX_PARTITIONS = (1024 * 1024) / 8;

/** Partition number to broker ids. Throws KafkaError in Kafka's words. */
export function assignReplicas(
  brokers: readonly AssignableBroker[],
  partitionCount: number,
  replicationFactor: number,
  start: AssignmentStart,
): Map<number, number[]> {
  checkCounts(brokers.length, partitionCount, replicationFactor);
  const withRack = brokers.filter(({ rack }) => rack !== null);
  if (withRack.length > 0 && withRack.length < brokers.length)
    throw new KafkaError(
      'UNKNOWN_SERVER_ERROR',
      'Not all brokers have rack information for replica rack aware assignment.',
    );
  const arranged = withRack.length === 0 ? sortedById(brokers) : alternatingRacks(brokers);
  const rackOf = new Map(arranged.map(({ id, rack }) => [id, rack ?? String(id)]));
  const rackCount = new Set(rackOf.values()).size;
  // Without racks every broker is a rack of its own, and only the growth of the shift differs.
  const stride = withRack.length === 0 ? 1 : rackCount;

  const assignment = new Map<number, number[]>();
  let shift = start.shift;
  for (let partition = start.firstPartition; partition < start.firstPartition + partitionCount; partition++) {
    if (partition > 0 && partition % arranged.length === 0) shift += 1;
    const first = (partition + start.startIndex) % arranged.length;
    const replicas = [brokerAt(arranged, first).id];
    const racks = new Set([rackOf.get(brokerAt(arranged, first).id)]);
    for (let step = 0; replicas.length < replicationFactor; step++) {
      const { id } = brokerAt(arranged, followerIndex(first, shift * stride, step, arranged.length));
      const rack = rackOf.get(id);
      if (replicas.includes(id) || (racks.has(rack) && racks.size < rackCount)) continue;
      replicas.push(id);
      racks.add(rack);
    }
    assignment.set(partition, replicas);
  }
  return assignment;
}

function checkCounts(brokerCount: number, partitionCount: number, replicationFactor: number): void {
  if (partitionCount <= 0)
    throw new KafkaError('INVALID_PARTITIONS', 'Number of partitions must be larger than 0.');
  if (partitionCount > MAX_PARTITIONS)
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `Number of partitions must not be larger than ${MAX_PARTITIONS}, what ZooKeeper can keep of one topic.`,
    );
  if (replicationFactor <= 0)
    throw new KafkaError('INVALID_REPLICATION_FACTOR', 'Replication factor must be larger than 0.');
  if (replicationFactor > brokerCount)
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      `Replication factor: ${replicationFactor} larger than available brokers: ${brokerCount}.`,
    );
}

/** Never 0, so a follower is never its own leader. */
function followerIndex(first: number, shift: number, step: number, brokerCount: number): number {
  return (first + 1 + ((shift + step) % (brokerCount - 1))) % brokerCount;
}

function brokerAt(brokers: readonly AssignableBroker[], index: number): AssignableBroker {
  return defined(brokers[index], 'a broker of the assignment');
}

function sortedById(brokers: readonly AssignableBroker[]): AssignableBroker[] {
  return [...brokers].sort((a, b) => a.id - b.id);
}

/** One broker of each rack in turn, racks by name, brokers by id: neighbours are in different racks. */
function alternatingRacks(brokers: readonly AssignableBroker[]): AssignableBroker[] {
  const racks = [...new Set(brokers.map(({ rack }) => rack ?? ''))].sort();
  const queues = racks.map((rack) => sortedById(brokers.filter((broker) => broker.rack === rack)));
  const arranged: AssignableBroker[] = [];
  for (let round = 0; arranged.length < brokers.length; round++)
    for (const queue of queues) {
      const broker = queue[round];
      if (broker !== undefined) arranged.push(broker);
    }
  return arranged;
}
