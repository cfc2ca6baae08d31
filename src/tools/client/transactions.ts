/** What Kafka's AdminClient does for transactions: which broker to ask, and asking it again while it is not ready. */
import { PartitionMap, topicPartitionName, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, errorNameOf, errors, KafkaError, type ErrorName } from '../../protocol/index.ts';
import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../protocol/messages/27-write-txn-markers.ts';
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from '../../protocol/messages/61-describe-producers.ts';
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/65-describe-transactions.ts';
import {
  ListTransactionsRequest,
  ListTransactionsResponse,
} from '../../protocol/messages/66-list-transactions.ts';
import { throwIf, type ClusterClient } from './cluster-client.ts';

type ProducersOfPartition = DescribeProducersResponse['topics'][number]['partitions'][number];
export type ActiveProducer = ProducersOfPartition['activeProducers'][number];

const TRANSACTION = 1;

interface ListedTransaction {
  readonly coordinatorId: number;
  readonly transactionalId: string;
  readonly producerId: number;
  readonly transactionState: string;
}

/** Of every broker, by ascending id. */
export async function listTransactions(
  client: ClusterClient,
  { producerIds = [], durationMs = -1 }: { readonly producerIds?: number[]; readonly durationMs?: number },
): Promise<ListedTransaction[]> {
  const listed: ListedTransaction[] = [];
  for (const { id } of await client.nodes()) {
    const { transactionStates } = await client.retry(async () => {
      const answer = await client.toBroker(
        id,
        { request: ListTransactionsRequest, response: ListTransactionsResponse },
        { stateFilters: [], producerIdFilters: producerIds, durationFilter: durationMs },
      );
      throwIf(answer.errorCode);
      return answer;
    });
    listed.push(...transactionStates.map((state) => ({ coordinatorId: id, ...state })));
  }
  return listed;
}

type DescribedTransaction = DescribeTransactionsResponse['transactionStates'][number] & {
  readonly coordinatorId: number;
};

/** With the coordinator that said so; an error that does not pass stands in the answer. */
export async function describeTransaction(
  client: ClusterClient,
  transactionalId: string,
): Promise<DescribedTransaction> {
  return client.retry(async () => {
    const { id } = await client.coordinator(transactionalId, TRANSACTION);
    const answer = await client.toBroker(
      id,
      { request: DescribeTransactionsRequest, response: DescribeTransactionsResponse },
      { transactionalIds: [transactionalId] },
    );
    const [state] = answer.transactionStates;
    if (state === undefined) throw new Error(`Nothing was answered about ${transactionalId}`);
    if (errors[errorNameOf(state.errorCode)].retriable) throwIf(state.errorCode);
    return { ...state, coordinatorId: id };
  });
}

export function throwIfNotDescribed({ transactionalId, errorCode }: DescribedTransaction): void {
  if (errorCode === 0) return;
  const why = WHY_NOT_DESCRIBED[errorNameOf(errorCode)] ?? 'due to unexpected error';
  throw new AdminFailure(
    `DescribeTransactions request for transactionalId \`${transactionalId}\` failed ${why}`,
  );
}

const WHY_NOT_DESCRIBED: Partial<Record<ErrorName, string>> = {
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'due to authorization failure',
  TRANSACTIONAL_ID_NOT_FOUND: 'because the ID could not be found',
};

/** Why something cannot be done or told, in the words of Kafka's AdminClient. */
class AdminFailure extends Error {
  override readonly name = 'AdminFailure';
}

export interface DescribedProducers {
  readonly partition: TopicPartition;
  readonly activeProducers: readonly ActiveProducer[];
}

/** At the leaders unless a broker is named, one request for each. */
export async function describeProducers(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  brokerId?: number,
): Promise<DescribedProducers[]> {
  const described = new PartitionMap<DescribedProducers>();
  const missing = (): TopicPartition[] =>
    partitions.filter(({ topic, partition }) => !described.has(topic, partition));
  await retryNamed(client, 'describeProducers', async (asking) => {
    asking('METADATA');
    const byNode = new Map<number, TopicPartition[]>();
    const leaders = brokerId === undefined ? await leadersOf(client, missing()) : undefined;
    for (const each of missing()) {
      const node = leaders === undefined ? brokerId : leaders.get(each.topic, each.partition);
      if (node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), each]);
    }
    if (byNode.size > 0) asking('DESCRIBE_PRODUCERS');
    for (const [node, ofNode] of byNode)
      for (const { topic, found } of await producersAt(client, node, ofNode)) {
        const { partitionIndex, errorCode, activeProducers } = found;
        const partition = { topic, partition: partitionIndex };
        if (errorCode === 0) described.set(topic, partitionIndex, { partition, activeProducers });
        else throwUnlessPassing(partition, found, brokerId);
      }
    if (missing().length > 0) throwIf(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
  return partitions.map(({ topic, partition }) => described.get(topic, partition)!);
}

async function producersAt(
  client: ClusterClient,
  node: number,
  partitions: readonly TopicPartition[],
): Promise<{ readonly topic: string; readonly found: ProducersOfPartition }[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const answer = await client.toBroker(
    node,
    { request: DescribeProducersRequest, response: DescribeProducersResponse },
    {
      topics: topics.map((name) => ({
        name,
        partitionIndexes: partitions.filter(({ topic }) => topic === name).map(({ partition }) => partition),
      })),
    },
  );
  return answer.topics.flatMap(({ name, partitions: found }) =>
    found.map((one) => ({ topic: name, found: one })),
  );
}

/** What may pass is asked again. */
function throwUnlessPassing(
  of: TopicPartition,
  { errorCode, errorMessage }: ProducersOfPartition,
  brokerId: number | undefined,
): void {
  const name = topicPartitionName(of);
  const error = errorNameOf(errorCode);
  const isMoved = error === 'NOT_LEADER_OR_FOLLOWER';
  if (error === 'UNKNOWN_TOPIC_OR_PARTITION' || (isMoved && brokerId === undefined)) return;
  if (error === 'INVALID_TOPIC_EXCEPTION')
    throw new AdminFailure(
      `Failed to fetch metadata for partition ${name} due to invalid topic error: ${errorMessage ?? errors[error].message}`,
    );
  const isForbidden = error === 'TOPIC_AUTHORIZATION_FAILED';
  const otherwise = isForbidden
    ? `due to authorization failure on topic \`${of.topic}\``
    : 'due to unexpected error';
  const why = isMoved ? `on brokerId ${String(brokerId)}` : otherwise;
  throw new AdminFailure(`Failed to describe active producers for partition ${name} ${why}`);
}

export interface AbortTransaction extends Pick<
  ActiveProducer,
  'producerId' | 'producerEpoch' | 'coordinatorEpoch'
> {
  readonly partition: TopicPartition;
}

/** As Kafka prints it. */
export function abortSpec({
  partition,
  producerId,
  producerEpoch,
  coordinatorEpoch,
}: AbortTransaction): string {
  return (
    `AbortTransactionSpec(topicPartition=${topicPartitionName(partition)}, producerId=${producerId}, ` +
    `producerEpoch=${producerEpoch}, coordinatorEpoch=${coordinatorEpoch})`
  );
}

/** Writes the marker that ends the transaction in this partition. */
export async function abortTransaction(client: ClusterClient, abort: AbortTransaction): Promise<void> {
  const { partition: of, producerId, producerEpoch, coordinatorEpoch } = abort;
  await retryNamed(client, 'abortTransaction', async (asking) => {
    asking('METADATA');
    const leader = (await leadersOf(client, [of])).get(of.topic, of.partition);
    if (leader === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    asking('WRITE_TXN_MARKERS');
    const answer = await client.toBroker(
      leader,
      { request: WriteTxnMarkersRequest, response: WriteTxnMarkersResponse },
      {
        markers: [
          {
            producerId,
            producerEpoch,
            coordinatorEpoch,
            transactionResult: false,
            topics: [{ name: of.topic, partitionIndexes: [of.partition] }],
          },
        ],
      },
    );
    throwIfNotAborted(abort, answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1);
  });
}

const LOOK_UP_LEADER_AGAIN: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

function throwIfNotAborted(abort: AbortTransaction, errorCode: number): void {
  const error = errorNameOf(errorCode);
  if (error === 'NONE') return;
  if (LOOK_UP_LEADER_AGAIN.has(error)) throw new KafkaError('NOT_LEADER_OR_FOLLOWER');
  const why =
    error === 'TRANSACTION_COORDINATOR_FENCED'
      ? `since the provided coordinator epoch ${abort.coordinatorEpoch} has been fenced by the active coordinator`
      : (WHY_NOT_ABORTED[error] ?? `due to unexpected error: ${errors[error].message}`);
  throw new AdminFailure(`WriteTxnMarkers request with ${abortSpec(abort)} failed ${why}`);
}

const WHY_NOT_ABORTED: Partial<Record<ErrorName, string>> = {
  CLUSTER_AUTHORIZATION_FAILED: 'due to cluster authorization error',
  INVALID_PRODUCER_EPOCH: 'due an invalid producer epoch',
};

/** Of a topic, of the replicas of a broker, or one partition. */
export async function partitionsToSearch(
  client: ClusterClient,
  wanted: {
    readonly topic: string | undefined;
    readonly partition: number | undefined;
    readonly brokerId: number | undefined;
  },
): Promise<TopicPartition[]> {
  const { topic, partition, brokerId } = wanted;
  if (topic !== undefined && partition !== undefined) return [{ topic, partition }];
  const { topics } = await client.metadata(topic === undefined ? null : [topic]);
  const found = new PartitionMap<true>();
  for (const { errorCode, name, partitions } of topics) {
    throwIf(errorCode);
    for (const { partitionIndex, replicaNodes } of partitions)
      if (brokerId === undefined || replicaNodes.includes(brokerId))
        found.set(name ?? '', partitionIndex, true);
  }
  return [...found].map(([each]) => each);
}

/** The ids of the leaders; of those that may have one later nothing. */
async function leadersOf(
  client: ClusterClient,
  wanted: readonly TopicPartition[],
): Promise<PartitionMap<number>> {
  const { topics } = await client.metadata([...new Set(wanted.map(({ topic }) => topic))]);
  const leaders = new PartitionMap<number>();
  for (const of of wanted) {
    const found = topics.find(({ name }) => name === of.topic);
    if (found === undefined) continue;
    throwIfWithoutLeader(of, errorNameOf(found.errorCode));
    const leader = found.partitions.find(({ partitionIndex }) => partitionIndex === of.partition)?.leaderId;
    if (leader !== undefined && leader >= 0) leaders.set(of.topic, of.partition, leader);
  }
  return leaders;
}

const LEADER_MAY_COME: ReadonlySet<ErrorName> = new Set([
  'NONE',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
]);

function throwIfWithoutLeader(of: TopicPartition, error: ErrorName): void {
  if (LEADER_MAY_COME.has(error)) return;
  const why: Partial<Record<ErrorName, string>> = {
    TOPIC_AUTHORIZATION_FAILED: 'topic authorization failure',
    INVALID_TOPIC_EXCEPTION: `invalid topic \`${of.topic}\``,
  };
  throw new AdminFailure(
    `Failed to fetch metadata for partition ${topicPartitionName(of)} due to ` +
      (why[error] ?? `unexpected error for topic \`${of.topic}\``),
  );
}

/** What it was waiting for when its time was over is named as Kafka does. */
async function retryNamed<T>(
  client: ClusterClient,
  call: string,
  act: (asking: (api: string) => void) => Promise<T>,
): Promise<T> {
  let asked = '';
  try {
    return await client.retry(() => act((api) => (asked = `${call}(api=${api})`)));
  } catch (thrown) {
    if (!(thrown instanceof KafkaError)) throw thrown;
    throw new AdminFailure(`Timed out waiting for a node assignment. Call: ${asked}`);
  }
}
