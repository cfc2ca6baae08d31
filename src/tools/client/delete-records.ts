/**
 * Deletes records before an offset at the leaders of their partitions, each asked again after what a client should
 * retry, until the time for a command is over. Every partition has an outcome of its own, worded as by Kafka's
 * AdminClient: a low watermark, or the text of its exception.
 */
import { Deferred, topicPartitionName, type TopicPartition } from '../../common/index.ts';
import { errorNameOf, errors, KafkaError } from '../../protocol/index.ts';
import type { ErrorName } from '../../protocol/index.ts';
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/messages/21-delete-records.ts';
import type { ClusterClient, TopicMetadata } from './cluster-client.ts';

const API = { request: DeleteRecordsRequest, response: DeleteRecordsResponse };
const RETRY_BACKOFF_MS = 100;

export interface RecordsToDelete extends TopicPartition {
  /** -1: everything that is committed. */
  readonly offset: number;
}

export type DeletionOutcome = { readonly lowWatermark: number } | { readonly exception: string };

type Stage = 'METADATA' | 'DELETE_RECORDS';

/** An outcome for each of `wanted`, in their order. */
export async function deleteRecords(
  client: ClusterClient,
  wanted: readonly RecordsToDelete[],
): Promise<readonly DeletionOutcome[]> {
  const outcomes = new Map<RecordsToDelete, DeletionOutcome>();
  const pending = (): RecordsToDelete[] => wanted.filter((each) => !outcomes.has(each));
  const { clock, timers } = client.runtime;
  const deadlineMs = clock.wallMs() + client.timeoutMs;
  for (let tries = 1; pending().length > 0; tries++) {
    const stages = await tryOnce(client, pending(), outcomes, deadlineMs);
    if (pending().length === 0) break;
    const nextTryMs = clock.wallMs() + RETRY_BACKOFF_MS;
    if (nextTryMs < deadlineMs) await timers.sleep(RETRY_BACKOFF_MS);
    else
      for (const each of pending()) {
        const call = `deleteRecords(api=${stages.get(each) ?? 'METADATA'})`;
        const text = stages.has(each)
          ? `Call(callName=${call}, deadlineMs=${deadlineMs}, tries=${tries}, nextAllowedTryMs=${nextTryMs}) timed out at ${clock.wallMs()} after ${tries} attempt(s)`
          : `Timed out waiting for a node assignment. Call: ${call}`;
        outcomes.set(each, failure('REQUEST_TIMED_OUT', text));
      }
  }
  return wanted.map((each) => outcomes.get(each)!);
}

/** Fills in what came of it; tells of the others how far they came, and nothing of those nobody could be asked for. */
async function tryOnce(
  client: ClusterClient,
  wanted: readonly RecordsToDelete[],
  outcomes: Map<RecordsToDelete, DeletionOutcome>,
  deadlineMs: number,
): Promise<ReadonlyMap<RecordsToDelete, Stage>> {
  const stages = new Map<RecordsToDelete, Stage>();
  const topics = await topicsOf(client, wanted);
  const byLeader = new Map<number, RecordsToDelete[]>();
  for (const each of wanted) {
    const topic = topics?.get(each.topic);
    if (topic === undefined) continue;
    stages.set(each, 'METADATA');
    const error = errorNameOf(topic.errorCode);
    if (error !== 'NONE' && !isRetriable(error)) outcomes.set(each, lookUpFailure(each, error));
    const leader = topic.partitions.find(({ partitionIndex }) => partitionIndex === each.partition)?.leaderId;
    if (error === 'NONE' && leader !== undefined && leader >= 0)
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), each]);
  }
  await Promise.all(
    [...byLeader].map(async ([leader, here]) => {
      for (const each of here) stages.set(each, 'DELETE_RECORDS');
      for (const [each, outcome] of await askLeader(client, leader, here, deadlineMs))
        outcomes.set(each, outcome);
    }),
  );
  return stages;
}

/** Undefined when no broker could be asked. */
async function topicsOf(
  client: ClusterClient,
  wanted: readonly RecordsToDelete[],
): Promise<ReadonlyMap<string, TopicMetadata> | undefined> {
  const names = [...new Set(wanted.map(({ topic }) => topic))];
  try {
    const { topics } = await client.metadata(names);
    return new Map(topics.map((topic) => [topic.name ?? '', topic]));
  } catch {
    return undefined;
  }
}

async function askLeader(
  client: ClusterClient,
  leader: number,
  wanted: readonly RecordsToDelete[],
  deadlineMs: number,
): Promise<[RecordsToDelete, DeletionOutcome][]> {
  const { clock, timers } = client.runtime;
  const timeoutMs = Math.max(0, deadlineMs - clock.wallMs());
  const names = [...new Set(wanted.map(({ topic }) => topic))];
  const request = {
    topics: names.map((name) => ({
      name,
      partitions: wanted
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
    })),
    timeoutMs,
  };
  const late = new Deferred<undefined>();
  const timer = timers.after(timeoutMs, () => late.resolve(undefined));
  const answer = await Promise.race([
    client.toBroker(leader, API, request).catch(() => undefined),
    late.promise,
  ]);
  timer.cancel();
  return (answer?.topics ?? []).flatMap(({ name, partitions }) =>
    partitions.flatMap(
      ({ partitionIndex, lowWatermark, errorCode }): [RecordsToDelete, DeletionOutcome][] => {
        const each = wanted.find(({ topic, partition }) => topic === name && partition === partitionIndex);
        const error = errorNameOf(errorCode);
        if (each === undefined || isRetriable(error)) return [];
        return [[each, error === 'NONE' ? { lowWatermark } : failure(error)]];
      },
    ),
  );
}

function isRetriable(error: ErrorName): boolean {
  return new KafkaError(error).retriable;
}

function lookUpFailure(topicPartition: TopicPartition, error: ErrorName): DeletionOutcome {
  const name = topicPartitionName(topicPartition);
  const prefix = `Failed to fetch metadata for partition ${name} due to`;
  if (error === 'INVALID_TOPIC_EXCEPTION')
    return failure(error, `${prefix} invalid topic \`${topicPartition.topic}\``);
  if (error === 'TOPIC_AUTHORIZATION_FAILED') return failure(error, `${prefix} topic authorization failure`);
  return failure(error, `${prefix} unexpected error for topic \`${topicPartition.topic}\``);
}

function failure(error: ErrorName, message: string = errors[error].message): DeletionOutcome {
  return { exception: `org.apache.kafka.common.errors.${errors[error].exception}: ${message}` };
}
