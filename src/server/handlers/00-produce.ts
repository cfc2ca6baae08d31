/**
 * Produce v0-11: append record batches to partitions this broker leads.
 *
 * - Every failure is the business of one partition; the request as a whole never fails.
 * - From v3 on a partition carries exactly one batch, in format v2 (contract 8.1); below, a message set of an older
 *   format, which becomes one.
 * - acks 0 gets no response; a failure then closes the connection, the only sign a client can see.
 * - A transaction's first batch in a partition is verified with the transaction's coordinator (KIP-890).
 * - v10 names the new leader beside NOT_LEADER_OR_FOLLOWER (KIP-951).
 *
 * v1 throttle time, v2 log append time, v3 transactional id, v5 log start offset, v7 zstd, v8 record errors (KIP-467), v9 flexible, v10 leader hints, v11 TRANSACTION_ABORTABLE.
 */
import { ErrorCode, KafkaError, type ErrorName, type MessageInput } from '../../protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../protocol/messages/00-produce.ts';
import {
  BATCH_LAYOUT,
  batchesOf,
  LOG_OVERHEAD,
  MAGIC_V2,
  RECORD_BATCH_OVERHEAD,
  RecordBatch,
} from '../../records/index.ts';
import type { AppendEntry, PartitionAppendResult } from '../../replication/index.ts';
import { NO_RESPONSE, defineHandler, type RequestContext } from '../handler.ts';
import { ConnectionMustClose } from '../connection-must-close.ts';
import { leaderHints } from '../leader-hints.ts';
import { appendUpConverted } from '../old-producers.ts';
import type { Services } from '../services.ts';
import { appendVerified } from '../verified-append.ts';

/** The client id that may write to internal topics: Kafka's own admin client (contract 8.1). */
const ADMIN_CLIENT_ID = '__admin_client';
const RECORD_BATCHES_SINCE_VERSION = 3;
const ZSTD_SINCE_VERSION = 7;
const LEADER_HINTS_SINCE_VERSION = 10;
const ABORTABLE_SINCE_VERSION = 11;
/** Of a message of format v0, the smallest thing that ever stood behind a length. */
const LEAST_BATCH_LENGTH = 14;

type Answer = MessageInput<typeof ProduceResponse>;
type PartitionAnswer = Answer['responses'][number]['partitionResponses'][number];
type Result = Omit<PartitionAppendResult, 'topic' | 'partition' | 'recordCount' | 'currentLeader'> & {
  readonly currentLeader?: PartitionAppendResult['currentLeader'] | undefined;
};

export const produce = defineHandler({
  request: ProduceRequest,
  response: ProduceResponse,

  async handle(request, context, services) {
    const { transactionalId } = request;
    if (request.topicData.some(isTransactional) && !mayWriteAs(transactionalId, context))
      throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    // In request order: why a partition is refused, or undefined where its records go to the log.
    const refusals: (Result | undefined)[] = [];
    const entries: AppendEntry[] = [];
    for (const { name: topic, partitionData } of request.topicData) {
      for (const { index: partition, records } of partitionData) {
        const refused = refusal(topic, partition, records, context, services);
        refusals.push(refused);
        if (refused === undefined && records !== null) entries.push({ topic, partition, records });
      }
    }
    const append = (accepted: readonly AppendEntry[]): Promise<readonly PartitionAppendResult[]> =>
      services.replicaManager.appendRecords({
        timeoutMs: request.timeoutMs,
        requiredAcks: request.acks,
        internalTopicsAllowed: context.clientId === ADMIN_CLIENT_ID,
        origin: 'client',
        entries: accepted,
        onBegun: () => context.letSameFollow(),
      });
    const appended = entries.length === 0 ? [] : await appendAs(request, context, services, entries, append);
    let next = 0;
    const results = refusals.map((refused) => refused ?? appended[next++] ?? failure('UNKNOWN_SERVER_ERROR'));
    return request.acks === 0 ? answerNobody(results) : respond(request, context, services, results);
  },

  failed: (request, error) =>
    request.acks === 0
      ? NO_RESPONSE
      : {
          responses: request.topicData.map(({ name, partitionData }) => ({
            name,
            partitionResponses: partitionData.map(({ index }) => partitionResponse(index, failure(error))),
          })),
          throttleTimeMs: 0,
          nodeEndpoints: [],
        },
});

/** Message sets of old are converted first, transactions verified; all others go to the log as they are. */
function appendAs(
  { transactionalId }: ProduceRequest,
  { apiVersion }: RequestContext,
  services: Services,
  entries: readonly AppendEntry[],
  append: (entries: readonly AppendEntry[]) => Promise<readonly PartitionAppendResult[]>,
): Promise<readonly Result[]> {
  if (apiVersion < RECORD_BATCHES_SINCE_VERSION) return appendUpConverted(entries, append, services);
  if (transactionalId === null) return append(entries);
  const knowsAbortable = apiVersion >= ABORTABLE_SINCE_VERSION;
  return appendVerified(entries, append, { transactionalId, knowsAbortable }, services);
}

function mayWriteAs(transactionalId: string | null, context: RequestContext): boolean {
  return (
    transactionalId !== null &&
    context.authorize('WRITE', { type: 'TRANSACTIONAL_ID', name: transactionalId })
  );
}

/** Of a transaction, by the header of the one batch a partition has. */
function isTransactional({ partitionData }: ProduceRequest['topicData'][number]): boolean {
  return partitionData.some(
    ({ records }) =>
      records !== null &&
      records.length >= RECORD_BATCH_OVERHEAD &&
      records.readInt8(BATCH_LAYOUT.magic) === MAGIC_V2 &&
      new RecordBatch(records).isTransactional,
  );
}

/** Why a partition's records are not even tried. */
function refusal(
  topic: string,
  partition: number,
  records: Buffer | null,
  context: RequestContext,
  services: Services,
): Result | undefined {
  if (!context.authorize('WRITE', { type: 'TOPIC', name: topic }))
    return failure('TOPIC_AUTHORIZATION_FAILED');
  if (services.metadataCache.partition(topic, partition) === undefined)
    return failure('UNKNOWN_TOPIC_OR_PARTITION');
  const corruption = records === null ? undefined : corruptionOf(records);
  if (corruption !== undefined) return { ...failure('CORRUPT_MESSAGE'), errorMessage: corruption };
  const error = shapeError(records, context.apiVersion);
  return error === undefined ? undefined : failure(error);
}

/** What makes a header unreadable, in the words clients know; a batch that merely ends too soon counts as none. */
function corruptionOf(records: Buffer): string | undefined {
  if (records.length < LOG_OVERHEAD) return undefined;
  const length = records.readInt32BE(BATCH_LAYOUT.batchLength);
  if (length < LEAST_BATCH_LENGTH)
    return `Record size ${length} is less than the minimum record overhead (${LEAST_BATCH_LENGTH})`;
  if (records.length <= BATCH_LAYOUT.magic) return undefined;
  const magic = records.readInt8(BATCH_LAYOUT.magic);
  return magic < 0 || magic > MAGIC_V2 ? `Invalid magic found in record: ${magic}` : undefined;
}

/** Exactly one batch of format v2, and no zstd from clients that predate it; before v3 nobody looked. */
function shapeError(records: Buffer | null, version: number): ErrorName | undefined {
  if (records === null) return 'INVALID_RECORD';
  if (version < RECORD_BATCHES_SINCE_VERSION) return undefined;
  let first: RecordBatch | undefined;
  for (const batch of batchesOf(records)) {
    if (first !== undefined) return 'INVALID_RECORD';
    first = batch;
  }
  if (first?.magic !== MAGIC_V2) return 'INVALID_RECORD';
  if (first.compression === 'zstd' && version < ZSTD_SINCE_VERSION) return 'UNSUPPORTED_COMPRESSION_TYPE';
  return undefined;
}

function answerNobody(results: readonly Result[]): typeof NO_RESPONSE {
  if (results.some(({ error }) => error !== 'NONE'))
    throw new ConnectionMustClose('a produce request with acks 0 failed');
  return NO_RESPONSE;
}

function respond(
  request: ProduceRequest,
  context: RequestContext,
  services: Services,
  results: readonly Result[],
): Answer {
  let next = 0;
  const hinted = context.apiVersion >= LEADER_HINTS_SINCE_VERSION;
  const leaders: number[] = [];
  const responses = request.topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index }) => {
      const result = results[next++] ?? failure('UNKNOWN_SERVER_ERROR');
      if (!hinted) return partitionResponse(index, { ...result, currentLeader: undefined });
      if (result.currentLeader !== undefined) leaders.push(result.currentLeader.leaderId);
      return partitionResponse(index, result);
    }),
  }));
  const nodeEndpoints = leaderHints(services.metadataCache, leaders, context.listenerName);
  return { responses, throttleTimeMs: 0, nodeEndpoints };
}

function partitionResponse(index: number, result: Result): PartitionAnswer {
  return {
    index,
    errorCode: ErrorCode[result.error],
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: result.logStartOffset,
    ...(result.recordErrors && { recordErrors: result.recordErrors.map(recordError) }),
    errorMessage: result.errorMessage ?? null,
    ...(result.currentLeader && { currentLeader: result.currentLeader }),
  };
}

function failure(error: ErrorName): Result {
  return { error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}

function recordError({ batchIndex, message }: { readonly batchIndex: number; readonly message: string }): {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
} {
  return { batchIndex, batchIndexErrorMessage: message };
}
