/**
 * Before a transaction's first batch is appended to a partition its coordinator is asked whether the partition is part of
 * the transaction (KIP-890, part 1): else a batch that comes after its transaction's end would begin one that nobody ends.
 * Switched off by `transaction.partition.verification.enable`.
 */
import type { TopicPartition } from '../common/index.ts';
import { KafkaError, type ErrorName } from '../protocol/index.ts';
import { batchesOf, MAGIC_V2, type RecordBatch } from '../records/index.ts';
import type { AppendEntry, PartitionAppendResult, StartedVerification } from '../replication/index.ts';
import type { Services } from './services.ts';

type Outcome = Pick<
  PartitionAppendResult,
  'error' | 'errorMessage' | 'baseOffset' | 'logAppendTimeMs' | 'logStartOffset'
>;
type Append = (entries: readonly AppendEntry[]) => Promise<readonly PartitionAppendResult[]>;

interface Producer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Of a batch of offsets, which has none. */
const NO_SEQUENCE = -1;

/** One outcome per entry, in their order. Throws KafkaError where the batches are of several producers. */
export async function appendVerified(
  entries: readonly AppendEntry[],
  append: Append,
  { transactionalId, knowsAbortable }: { readonly transactionalId: string; readonly knowsAbortable: boolean },
  services: Services,
): Promise<readonly Outcome[]> {
  const batches = entries.map(transactionalBatch);
  const first = batches.find((batch) => batch !== undefined);
  if (first === undefined) return append(entries);
  const { producerId, producerEpoch } = first;
  const isOther = (batch: RecordBatch): boolean =>
    batch.producerId !== producerId || batch.producerEpoch !== producerEpoch;
  if (batches.some((batch) => batch !== undefined && isOther(batch)))
    throw new KafkaError(
      'INVALID_PRODUCER_ID_MAPPING',
      'Transactional records contained more than one producer ID',
    );
  if (!services.config.get('transaction.partition.verification.enable')) return append(entries);
  const started = entries.map((entry, index): StartedVerification => {
    const batch = batches[index];
    return batch === undefined
      ? { error: 'NONE', guard: undefined }
      : services.replicaManager.startTransactionVerification(entry, {
          producerId,
          producerEpoch,
          sequence: batch.baseSequence,
        });
  });
  const producer = { transactionalId, producerId, producerEpoch };
  const errors = await verify(entries, started, producer, knowsAbortable, services);
  const verified = entries.flatMap((entry, index) =>
    errors[index] === 'NONE' ? [{ ...entry, verificationGuard: started[index]?.guard }] : [],
  );
  const appended = verified.length === 0 ? [] : await append(verified);
  let next = 0;
  return errors.map(
    (error) =>
      (error === 'NONE' ? undefined : refused(error)) ?? appended[next++] ?? failure('UNKNOWN_SERVER_ERROR'),
  );
}

/** The same for the partition of `__consumer_offsets` that a transaction is about to commit offsets to. */
export async function verifyGroupPartition(
  partition: TopicPartition,
  producer: Producer,
  knowsAbortable: boolean,
  services: Services,
): Promise<StartedVerification> {
  if (!services.config.get('transaction.partition.verification.enable'))
    return { error: 'NONE', guard: undefined };
  const { producerId, producerEpoch } = producer;
  const started = services.replicaManager.startTransactionVerification(partition, {
    producerId,
    producerEpoch,
    sequence: NO_SEQUENCE,
  });
  const [error = 'UNKNOWN_SERVER_ERROR'] = await verify(
    [partition],
    [started],
    producer,
    knowsAbortable,
    services,
  );
  return { error, guard: started.guard };
}

/** One error for each partition, in their order; only those with a guard are asked about. */
async function verify(
  partitions: readonly TopicPartition[],
  started: readonly StartedVerification[],
  producer: Producer,
  knowsAbortable: boolean,
  { transactionVerifier }: Services,
): Promise<readonly ErrorName[]> {
  const asked = partitions.flatMap(({ topic, partition }, index) =>
    started[index]?.guard === undefined ? [] : [{ topic, partition }],
  );
  const answers =
    asked.length === 0
      ? []
      : await transactionVerifier.verify({ ...producer, partitions: asked, knowsAbortable });
  let next = 0;
  return started.map(({ error, guard }) =>
    guard === undefined ? error : (answers[next++] ?? 'UNKNOWN_SERVER_ERROR'),
  );
}

function transactionalBatch({ records }: AppendEntry): RecordBatch | undefined {
  for (const batch of batchesOf(records))
    return batch.magic === MAGIC_V2 && batch.hasProducerId && batch.isTransactional ? batch : undefined;
  return undefined;
}

/** Errors of coordinators, of which a producer knows nothing here, in words that make it send the batch again. */
const TO_BE_RETRIED: ReadonlySet<ErrorName> = new Set<ErrorName>([
  'CONCURRENT_TRANSACTIONS',
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]);

function refused(error: ErrorName): Outcome {
  if (TO_BE_RETRIED.has(error))
    return {
      ...failure('NOT_ENOUGH_REPLICAS'),
      errorMessage: `Unable to verify the partition has been added to the transaction. Underlying error: ${error}`,
    };
  if (error === 'INVALID_TXN_STATE')
    return { ...failure(error), errorMessage: 'Partition was not added to the transaction' };
  return failure(error);
}

function failure(error: ErrorName): Outcome {
  return { error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}
