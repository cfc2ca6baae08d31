/**
 * How long the hot codecs take: `npx tsx bench/codec.ts`. Take the ratios, not the numbers: they depend on the machine.
 * The composed codec of the tests stands beside the compiled one, since docs/adr/001 rests on the difference.
 */
import { performance } from 'node:perf_hooks';
import { decodeMessage, encodeMessage, encodeToBuffer, type MessageSchema } from '../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../src/protocol/messages/00-produce.ts';
import { FetchRequest, FetchResponse } from '../src/protocol/messages/01-fetch.ts';
import { MetadataResponse } from '../src/protocol/messages/03-metadata.ts';
import { composeCodec } from '../test/support/codec-composer.ts';

const PARTITIONS = 100;
const ROUND_MS = 300;
const ROUNDS = 5;

const batch = Buffer.alloc(1024, 7);
const partitions = Array.from({ length: PARTITIONS }, (_, index) => index);

/** The best of a few rounds, in microseconds. */
function microseconds(run: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    let count = 0;
    const start = performance.now();
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      for (let times = 0; times < 100; times++) run();
      count += 100;
      elapsed = performance.now() - start;
    }
    best = Math.min(best, (elapsed * 1000) / count);
  }
  return best;
}

function compare(schema: MessageSchema, version: number, value: Record<string, unknown>): void {
  const bytes = encodeToBuffer(schema, version, value);
  const composed = composeCodec(schema, version);
  const full = decodeMessage(schema, version, bytes);
  const line = [
    `${schema.name} v${version}`.padEnd(22),
    `decode ${microseconds(() => decodeMessage(schema, version, bytes)).toFixed(1)} us`.padEnd(18),
    `(composed ${microseconds(() => composed.decode(bytes)).toFixed(1)})`.padEnd(20),
    `encode ${microseconds(() => encodeMessage(schema, version, full)).toFixed(1)} us`.padEnd(18),
    `(composed ${microseconds(() => composed.encode(full)).toFixed(1)})`,
  ];
  console.log(line.join(' '));
}

compare(ProduceRequest, 9, {
  transactionalId: null,
  acks: -1,
  timeoutMs: 30_000,
  topicData: [{ name: 'orders', partitionData: partitions.map((index) => ({ index, records: batch })) }],
});
compare(ProduceResponse, 9, {
  responses: [
    {
      name: 'orders',
      partitionResponses: partitions.map((index) => ({ index, errorCode: 0, baseOffset: 1e9 + index })),
    },
  ],
});
compare(FetchRequest, 12, {
  maxWaitMs: 500,
  minBytes: 1,
  topics: [
    {
      topic: 'orders',
      partitions: partitions.map((partition) => ({
        partition,
        fetchOffset: 1e9,
        partitionMaxBytes: 1 << 20,
      })),
    },
  ],
  forgottenTopicsData: [],
});
compare(FetchResponse, 12, {
  responses: [
    {
      topic: 'orders',
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        errorCode: 0,
        highWatermark: 1e9,
        lastStableOffset: 1e9,
        logStartOffset: 0,
        records: batch,
      })),
    },
  ],
});
compare(MetadataResponse, 12, {
  brokers: [{ nodeId: 1, host: 'localhost', port: 9092 }],
  controllerId: 1,
  topics: [
    {
      errorCode: 0,
      name: 'orders',
      partitions: partitions.map((partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 1,
        replicaNodes: [1, 2, 3],
        isrNodes: [1, 2, 3],
        offlineReplicas: [],
      })),
    },
  ],
});
