/** Topics of numbers, to be copied: each partition has them from 0 on, and a copy of it has the same in the same order. */
import { KafkaError } from '../../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../../src/records/index.ts';
import {
  listOffsets,
  OFFSET_SPEC,
  PartitionReader,
  type ClusterClient,
} from '../../../../src/tools/client/index.ts';
import type { MixedBrokers } from '../mixed-brokers.ts';
import { until } from '../../until.ts';
import { check } from '../world.ts';

const BATCH_RECORDS = 1000;
const TIMEOUT_MS = 30_000;

/** So many in each partition, before anything happens. */
export async function writeNumbers(
  brokers: MixedBrokers,
  topic: string,
  partitions: number,
  perPartition: number,
): Promise<void> {
  const states = await brokers.states(topic);
  for (let partition = 0; partition < partitions; partition++)
    for (let first = 0; first < perPartition; first += BATCH_RECORDS) {
      const length = Math.min(BATCH_RECORDS, perPartition - first);
      const records = buildBatch({
        records: Array.from({ length }, (_, index) => ({
          value: Buffer.from(String(first + index)),
          timestamp: Date.now(),
        })),
      });
      const api = { request: ProduceRequest, response: ProduceResponse };
      const { responses } = await brokers.client.toBroker(states[partition]?.leader ?? -1, api, {
        acks: -1,
        timeoutMs: TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      });
      check(responses[0]?.partitionResponses[0]?.errorCode === 0, `${topic}-${partition} takes numbers`);
    }
}

/**
 * What a reader of committed records finds in each partition, from the start to the end of the log: where a transaction is
 * left open it does not get there.
 */
export async function committedNumbers(
  client: ClusterClient,
  topic: string,
  partitions: number,
): Promise<number[][]> {
  const found = Array.from({ length: partitions }, (): number[] => []);
  const reader = new PartitionReader(client, {
    ...{ readCommitted: true, resetTo: 'none', maxBytes: 8 << 20, partitionMaxBytes: 1 << 20 },
    maxWaitMs: 100,
  });
  await reader.assign(found.map((_, partition) => ({ topic, partition, offset: 0 })));
  await until(`a reader of committed records is at the end of ${topic}`, async () => {
    for (const { partition, value } of await reader.poll()) found[partition]?.push(Number(value?.toString()));
    return reader.positions.every(({ leader }) => leader >= 0) && (await isAtEnd(client, reader));
  });
  return found;
}

/** Past every record that the leaders tell readers of anything of. */
async function isAtEnd(client: ClusterClient, reader: PartitionReader): Promise<boolean> {
  const { positions } = reader;
  const ends = await listOffsets(
    client,
    positions.map(({ topic, partition, leader }) => ({
      ...{ topic, partition, leader },
      timestamp: OFFSET_SPEC.latest,
    })),
  );
  return ends.every(
    (end) =>
      !(end instanceof KafkaError) &&
      positions.some(({ partition, offset }) => partition === end.partition && offset === end.offset),
  );
}
