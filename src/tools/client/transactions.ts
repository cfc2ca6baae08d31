/** What Kafka's AdminClient does for transactions: which broker to ask, and asking it again while it is not ready. */
import { PartitionMap, type TopicPartition } from '../../common/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
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

/** With the coordinator that said so; an error that does not pass stands in the answer. */
export async function describeTransaction(
  client: ClusterClient,
  transactionalId: string,
): Promise<DescribeTransactionsResponse['transactionStates'][number] & { readonly coordinatorId: number }> {
  return client.retry(async () => {
    const { id } = await client.coordinator(transactionalId, TRANSACTION);
    const answer = await client.toBroker(
      id,
      { request: DescribeTransactionsRequest, response: DescribeTransactionsResponse },
      { transactionalIds: [transactionalId] },
    );
    const [state] = answer.transactionStates;
    if (state === undefined) throw new Error(`Nothing was answered about ${transactionalId}`);
    if (state.errorCode !== ErrorCode.TRANSACTIONAL_ID_NOT_FOUND) throwIf(state.errorCode);
    return { ...state, coordinatorId: id };
  });
}

/** At the leader unless a broker is named; an error stands in the answer. */
export async function describeProducers(
  client: ClusterClient,
  { topic, partition }: TopicPartition,
  brokerId?: number,
): Promise<Pick<ProducersOfPartition, 'errorCode' | 'activeProducers'>> {
  const ask = async (): Promise<Pick<ProducersOfPartition, 'errorCode' | 'activeProducers'>> => {
    const nodeId = brokerId ?? (await leaderOf(client, { topic, partition }));
    if (typeof nodeId !== 'number') return { errorCode: nodeId.errorCode, activeProducers: [] };
    const answer = await client.toBroker(
      nodeId,
      { request: DescribeProducersRequest, response: DescribeProducersResponse },
      { topics: [{ name: topic, partitionIndexes: [partition] }] },
    );
    const found = answer.topics[0]?.partitions[0];
    if (found === undefined) throw new Error(`Nothing was answered about ${topic}-${partition}`);
    if (found.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && brokerId === undefined)
      throwIf(found.errorCode);
    return found;
  };
  return client.retry(ask);
}

/** Writes the marker that ends the transaction in this partition; returns the leader's error code. */
export async function abortTransaction(
  client: ClusterClient,
  { topic, partition }: TopicPartition,
  producer: Pick<ActiveProducer, 'producerId' | 'producerEpoch' | 'coordinatorEpoch'>,
): Promise<number> {
  return client.retry(async () => {
    const nodeId = await leaderOf(client, { topic, partition });
    if (typeof nodeId !== 'number') return nodeId.errorCode;
    const { producerId, producerEpoch, coordinatorEpoch } = producer;
    const answer = await client.toBroker(
      nodeId,
      { request: WriteTxnMarkersRequest, response: WriteTxnMarkersResponse },
      {
        markers: [
          {
            producerId,
            producerEpoch,
            coordinatorEpoch,
            transactionResult: false,
            topics: [{ name: topic, partitionIndexes: [partition] }],
          },
        ],
      },
    );
    const code = answer.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    if (code === ErrorCode.NOT_LEADER_OR_FOLLOWER) throwIf(code);
    return code;
  });
}

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

async function leaderOf(
  client: ClusterClient,
  { topic, partition }: TopicPartition,
): Promise<number | { readonly errorCode: number }> {
  const { topics } = await client.metadata([topic]);
  const [found] = topics;
  if (found !== undefined && found.errorCode !== 0) return { errorCode: found.errorCode };
  const index = found?.partitions.find(({ partitionIndex }) => partitionIndex === partition);
  if (index === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  if (index.leaderId < 0) throwIf(ErrorCode.LEADER_NOT_AVAILABLE);
  return index.leaderId;
}
