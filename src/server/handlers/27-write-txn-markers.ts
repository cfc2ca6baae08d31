/**
 * WriteTxnMarkers v0-1: a transaction's coordinator has this broker write the marker that ends the transaction, to
 * partitions it leads (KIP-98). Also how an operator ends a transaction that hangs (KIP-664).
 *
 * Each marker is a control batch of its own, answered once every in-sync replica has it. The log refuses those of a
 * coordinator or a producer that has been replaced. In `__consumer_offsets` a marker decides about the offsets that were
 * committed within the transaction.
 */
import { GROUP_METADATA_TOPIC, PartitionMap, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, KafkaError, type ErrorName } from '../../protocol/index.ts';
import {
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../protocol/messages/27-write-txn-markers.ts';
import { buildEndTransactionMarker } from '../../records/index.ts';
import { CLUSTER } from '../../security/index.ts';
import { defineHandler } from '../handler.ts';
import type { Services } from '../services.ts';
import { CLUSTER_ACTION } from './control-request.ts';

type Marker = WriteTxnMarkersRequest['markers'][number];
type Errors = PartitionMap<ErrorName>;

const ALL_REPLICAS = -1;

export const writeTxnMarkers = defineHandler({
  request: WriteTxnMarkersRequest,
  response: WriteTxnMarkersResponse,

  access: (_request, context) => (context.authorize('ALTER', CLUSTER) ? [] : CLUSTER_ACTION),

  async handle({ markers }, _context, services) {
    // Of nobody's transaction. The original fails over such a batch, and answers so.
    if (markers.some(({ producerId, producerEpoch }) => producerId < 0 || producerEpoch < 0))
      throw new KafkaError('UNKNOWN_SERVER_ERROR');
    // All are appended in this turn, in their order.
    const errors = await Promise.all(markers.map((marker) => writeMarker(marker, services)));
    return toWire(markers, errors);
  },

  failed: ({ markers }, error) =>
    toWire(
      markers,
      markers.map((marker) => errorsOf(partitionsOf(marker), () => error)),
    ),
});

async function writeMarker(marker: Marker, services: Services): Promise<Errors> {
  const { replicaManager, groupCoordinator, config } = services;
  const { producerId, producerEpoch, coordinatorEpoch, transactionResult } = marker;
  const partitions = partitionsOf(marker);
  const found = partitions.filter(
    ({ topic, partition }) => replicaManager.getPartition(topic, partition)?.log !== undefined,
  );
  const errors = errorsOf(partitions, () => 'UNKNOWN_TOPIC_OR_PARTITION');
  if (found.length === 0) return errors;
  const timestamp = services.runtime.clock.wallMs();
  const results = await replicaManager.appendRecords({
    timeoutMs: config.get('request.timeout.ms'),
    requiredAcks: ALL_REPLICAS,
    internalTopicsAllowed: true,
    origin: 'coordinator',
    entries: found.map((topicPartition) => ({
      ...topicPartition,
      records: buildEndTransactionMarker({
        result: transactionResult ? 'commit' : 'abort',
        coordinatorEpoch,
        producerId,
        producerEpoch,
        timestamp,
      }),
    })),
  });
  const decided = new Set<number>();
  for (const { topic, partition, error } of results) {
    errors.set(topic, partition, error);
    if (topic === GROUP_METADATA_TOPIC && error === 'NONE') decided.add(partition);
  }
  if (decided.size > 0) groupCoordinator.onTransactionCompleted(producerId, decided, transactionResult);
  return errors;
}

function partitionsOf({ topics }: Marker): TopicPartition[] {
  return topics.flatMap(({ name: topic, partitionIndexes }) =>
    partitionIndexes.map((partition) => ({ topic, partition })),
  );
}

function errorsOf(partitions: readonly TopicPartition[], errorOf: () => ErrorName): Errors {
  const errors: Errors = new PartitionMap();
  for (const { topic, partition } of partitions) errors.set(topic, partition, errorOf());
  return errors;
}

/** By producer: what several markers of one say of a partition is told once, as the last of them has it. */
function toWire(markers: readonly Marker[], errors: readonly Errors[]): WriteTxnMarkersResponse {
  const byProducer = new Map<number, Errors>();
  for (const [index, { producerId }] of markers.entries()) {
    let ofProducer = byProducer.get(producerId);
    if (ofProducer === undefined) byProducer.set(producerId, (ofProducer = new PartitionMap()));
    for (const [{ topic, partition }, error] of errors[index] ?? []) ofProducer.set(topic, partition, error);
  }
  return {
    markers: [...byProducer].map(([producerId, ofProducer]) => ({
      producerId,
      topics: [...ofProducer.topics()].map((name) => ({
        name,
        partitions: [...ofProducer.partitionsOf(name)].map(([partitionIndex, error]) => ({
          partitionIndex,
          errorCode: ErrorCode[error],
        })),
      })),
    })),
  };
}
