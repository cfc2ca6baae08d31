/**
 * Sends one batch to the leader of its partition, and says honestly what became of it: stored, refused, or nobody knows.
 * A retry is safe for a producer with a sequence; for one without, the first attempt without an answer is the last.
 */
import type { TopicPartition } from '../../common/index.ts';
import { KafkaError } from '../../protocol/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/00-produce.ts';
import type { ClusterClient } from '../client/index.ts';
import { errorIn } from '../client/cluster-client.ts';
import { requestError } from './request-error.ts';

export interface BatchToSend extends TopicPartition {
  readonly bytes: Buffer;
  readonly acks: -1 | 0 | 1;
  readonly transactionalId: string | null;
  /** The broker knows a batch that it has already stored. */
  readonly hasSequence: boolean;
  readonly timeoutMs: number;
}

export type SendOutcome =
  | { readonly kind: 'stored'; readonly baseOffset: number | null }
  | { readonly kind: 'refused'; readonly error: KafkaError }
  | { readonly kind: 'unknown'; readonly error: KafkaError };

/**
 * Errors after which the batch is not in the log and will not be. NOT_LEADER_OR_FOLLOWER and the like are not among
 * them: a leader may have stored it before it was deposed.
 */
const REFUSALS: ReadonlySet<ErrorName> = new Set([
  'NOT_ENOUGH_REPLICAS',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
]);

const RETRY_BACKOFF_MS = 100;

export async function sendBatch(client: ClusterClient, batch: BatchToSend): Promise<SendOutcome> {
  const { clock, timers } = client.runtime;
  const untilMs = clock.monotonicMs() + batch.timeoutMs;
  let mayBeStored = false;
  for (;;) {
    const attempt = await attemptOnce(client, batch);
    if (attempt.kind === 'stored') return attempt;
    const { error } = attempt;
    if (attempt.kind === 'unknown') mayBeStored = true;
    const isOver = clock.monotonicMs() >= untilMs || (mayBeStored && !batch.hasSequence);
    const isFinal = attempt.kind === 'refused' && error.error !== 'NOT_ENOUGH_REPLICAS';
    if (isOver || isFinal) return { kind: mayBeStored ? 'unknown' : 'refused', error };
    await timers.sleep(RETRY_BACKOFF_MS);
  }
}

type Attempt = SendOutcome | { readonly kind: 'unsent'; readonly error: KafkaError };

async function attemptOnce(client: ClusterClient, batch: BatchToSend): Promise<Attempt> {
  const broker = await leaderOf(client, batch).catch((thrown: unknown) => requestError(thrown));
  if (broker instanceof KafkaError) return { kind: 'unsent', error: broker };
  const request = {
    acks: batch.acks,
    timeoutMs: batch.timeoutMs,
    transactionalId: batch.transactionalId,
    topicData: [{ name: batch.topic, partitionData: [{ index: batch.partition, records: batch.bytes }] }],
  };
  try {
    if (batch.acks === 0) {
      broker.send(ProduceRequest, request);
      return { kind: 'unknown', error: new KafkaError('NONE', 'acks=0 tells nothing') };
    }
    const answer = await broker.call({ request: ProduceRequest, response: ProduceResponse }, request);
    const stored = answer.responses[0]?.partitionResponses[0];
    if (stored === undefined) return { kind: 'unknown', error: new KafkaError('UNKNOWN_SERVER_ERROR') };
    const error = errorIn(stored.errorCode, stored.errorMessage);
    if (error === undefined) return { kind: 'stored', baseOffset: stored.baseOffset };
    if (error.error === 'DUPLICATE_SEQUENCE_NUMBER') return { kind: 'stored', baseOffset: null };
    return { kind: REFUSALS.has(error.error) ? 'refused' : 'unknown', error };
  } catch (thrown) {
    return { kind: 'unknown', error: requestError(thrown) };
  }
}

async function leaderOf(
  client: ClusterClient,
  { topic, partition }: TopicPartition,
): Promise<Awaited<ReturnType<ClusterClient['broker']>>> {
  const { topics } = await client.metadata([topic]);
  const leader = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId;
  if (leader === undefined || leader < 0) throw new KafkaError('LEADER_NOT_AVAILABLE');
  return client.broker(leader);
}
