/** Produce (contract section 8.1): what a leader refuses, partition by partition. */
import { buildBatch, RecordBatch } from '../../../../src/records/index.ts';
import type { BatchToBuild } from '../../../../src/records/index.ts';
import { INIT_PRODUCER_ID, PRODUCE } from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const VERSION = 11;
const LEADER = 0;
const CRC_POSITION = 17;
const LAST_OFFSET_DELTA_POSITION = 23;
const MAGIC_POSITION = 16;
const LENGTH_POSITION = 8;

function batch(
  overrides: Partial<BatchToBuild> & { readonly size?: number; readonly key?: Buffer | null } = {},
): Buffer {
  const { size = 20, key = Buffer.from('key'), ...rest } = overrides;
  return buildBatch({ records: [{ key, value: Buffer.alloc(size, 'v'), timestamp: Date.now() }], ...rest });
}

/** The batch with its checksum made right again after `change`. */
function changed(change: (bytes: Buffer) => void, overrides: Partial<BatchToBuild> = {}): Buffer {
  const bytes = batch(overrides);
  change(bytes);
  bytes.writeUInt32BE(new RecordBatch(bytes).computeCrc(), CRC_POSITION);
  return bytes;
}

interface ToProduce {
  readonly topic: string;
  readonly records: Buffer;
  readonly acks?: number;
  readonly version?: number;
  readonly partition?: number;
  readonly transactionalId?: string;
}

function produce(
  world: World,
  { topic, records, acks = -1, version = VERSION, partition = 0, transactionalId }: ToProduce,
): Promise<unknown> {
  return world.ask(LEADER, PRODUCE, version, {
    ...(transactionalId === undefined ? {} : { transactionalId }),
    acks,
    timeoutMs: 5000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
}

const twoBatches = (): Buffer => Buffer.concat([batch(), batch()]);

/** A broker that has no block of producer ids yet answers COORDINATOR_LOAD_IN_PROGRESS. */
async function producerId(world: World): Promise<number> {
  for (;;) {
    const id = await initProducerId(world);
    if (id >= 0) return id;
  }
}

async function initProducerId(world: World): Promise<number> {
  const answer = await world.send(LEADER, INIT_PRODUCER_ID, 4, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  });
  return answer.producerId;
}

/** What each of several batches of one idempotent producer is answered. */
async function inSequence(
  world: World,
  batches: readonly { readonly epoch: number; readonly sequence: number }[],
): Promise<unknown> {
  const id = await producerId(world);
  const answers: unknown[] = [];
  for (const { epoch, sequence } of batches) {
    const records = batch({ producerId: id, producerEpoch: epoch, baseSequence: sequence });
    const answer = await world.send(LEADER, PRODUCE, VERSION, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: 'sequence', partitionData: [{ index: 0, records }] }],
    });
    const partition = answer.responses[0]?.partitionResponses[0];
    answers.push(world.told({ errorCode: partition?.errorCode, errorMessage: partition?.errorMessage }));
  }
  return answers;
}

export const PRODUCE_ROWS = rowsOf('8.1', {
  'Produce with acks 2': (world) => produce(world, { topic: 'plain', records: batch(), acks: 2 }),
  'Produce with acks -2': (world) => produce(world, { topic: 'plain', records: batch(), acks: -2 }),
  'Produce to an unknown topic': (world) => produce(world, { topic: 'nowhere', records: batch() }),
  'Produce to an unknown partition': (world) =>
    produce(world, { topic: 'plain', records: batch(), partition: 9 }),
  'Produce to a negative partition': (world) =>
    produce(world, { topic: 'plain', records: batch(), partition: -1 }),
  'Produce to a follower, version 11': (world) =>
    produce(world, { topic: 'plain', records: batch(), partition: 1 }),
  'Produce to a follower, version 9': (world) =>
    produce(world, { topic: 'plain', records: batch(), partition: 1, version: 9 }),
  'Produce to a broker without a replica': (world) =>
    produce(world, { topic: 'elsewhere', records: batch() }),
  'Produce a batch beyond max.message.bytes': (world) =>
    produce(world, { topic: 'small', records: batch({ size: 300 }) }),
  'Produce records beyond segment.bytes': (world) =>
    produce(world, { topic: 'short', records: batch({ size: 300 }) }),
  'Produce a batch with a wrong checksum': (world) => {
    const records = batch();
    records.writeUInt32BE((records.readUInt32BE(CRC_POSITION) ^ 1) >>> 0, CRC_POSITION);
    return produce(world, { topic: 'plain', records });
  },
  'Produce to __consumer_offsets': (world) =>
    produce(world, { topic: '__consumer_offsets', records: batch() }),
  'Produce to __transaction_state': (world) =>
    produce(world, { topic: '__transaction_state', records: batch() }),
  'Produce no batch': (world) => produce(world, { topic: 'plain', records: Buffer.alloc(0) }),
  'Produce two batches in one partition': (world) =>
    produce(world, { topic: 'plain', records: twoBatches() }),
  'Produce a batch of magic 1': (world) =>
    produce(world, { topic: 'plain', records: changed((bytes) => bytes.writeInt8(1, MAGIC_POSITION)) }),
  'Produce a batch of magic 3': (world) =>
    produce(world, { topic: 'plain', records: changed((bytes) => bytes.writeInt8(3, MAGIC_POSITION)) }),
  'Produce half a batch': (world) => produce(world, { topic: 'plain', records: batch().subarray(0, 40) }),
  'Produce ten bytes': (world) => produce(world, { topic: 'plain', records: Buffer.alloc(10) }),
  'Produce a batch whose length is negative': (world) =>
    produce(world, { topic: 'plain', records: changed((bytes) => bytes.writeInt32BE(-5, LENGTH_POSITION)) }),
  'Produce zstd with version 6': (world) =>
    produce(world, { topic: 'plain', records: batch({ compression: 'zstd' }), version: 6 }),
  'Produce what no codec unpacks': (world) =>
    produce(world, {
      topic: 'plain',
      records: changed((bytes) => bytes.fill(0x7e, 61), { compression: 'gzip' }),
    }),
  'Produce a record without a key to a compacted topic': (world) =>
    produce(world, { topic: 'compacted', records: batch({ key: null }) }),
  'Produce a timestamp too old': (world) =>
    produce(world, {
      topic: 'timed',
      records: batch({ records: [{ key: null, value: Buffer.from('v'), timestamp: 1_000_000 }] }),
    }).then((answer) => withoutTimes(answer)),
  'Produce a timestamp too far ahead': (world) =>
    produce(world, {
      topic: 'timed',
      records: batch({
        records: [{ key: null, value: Buffer.from('v'), timestamp: Date.now() + 3_600_000 }],
      }),
    }).then((answer) => withoutTimes(answer)),
  'Produce a control batch': (world) =>
    produce(world, { topic: 'plain', records: batch({ isControl: true }) }),
  'Produce a batch whose offsets do not fit its count': (world) =>
    produce(world, {
      topic: 'plain',
      records: changed((bytes) => bytes.writeInt32BE(5, LAST_OFFSET_DELTA_POSITION)),
    }),
  'Produce with min.insync.replicas above the replica count': (world) =>
    produce(world, { topic: 'strict', records: batch() }),
  'Produce with min.insync.replicas above the replica count, acks 1': (world) =>
    produce(world, { topic: 'strict', records: batch(), acks: 1 }),
  'Produce with acks 0 to an unknown topic': (world) =>
    world.ask(LEADER, PRODUCE, VERSION, {
      acks: 0,
      timeoutMs: 5000,
      topicData: [{ name: 'nowhere', partitionData: [{ index: 0, records: batch() }] }],
    }),
  'A sequence that skips a record': (world) =>
    inSequence(world, [
      { epoch: 0, sequence: 0 },
      { epoch: 0, sequence: 2 },
    ]),
  'A first sequence that is not 0': (world) => inSequence(world, [{ epoch: 0, sequence: 7 }]),
  'A batch sent twice': (world) =>
    inSequence(world, [
      { epoch: 0, sequence: 0 },
      { epoch: 0, sequence: 0 },
    ]),
  'A new epoch that does not begin at 0': (world) =>
    inSequence(world, [
      { epoch: 0, sequence: 0 },
      { epoch: 1, sequence: 1 },
    ]),
  'An old epoch': (world) =>
    inSequence(world, [
      { epoch: 1, sequence: 0 },
      { epoch: 0, sequence: 1 },
    ]),
  'A producer id without sequence': async (world) =>
    produce(world, {
      topic: 'plain',
      records: batch({ producerId: await producerId(world), producerEpoch: 0, baseSequence: -1 }),
    }),
  'A sequence number reused long after': (world) =>
    inSequence(world, [
      ...[0, 1, 2, 3, 4, 5, 6].map((sequence) => ({ epoch: 0, sequence })),
      { epoch: 0, sequence: 0 },
    ]),
});

/** The messages name the moment. */
function withoutTimes(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer).replace(/\d{7,}/g, '<time>')) as unknown;
}
