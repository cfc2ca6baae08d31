/** The bytes that producers, coordinators and leaders send, made from a step and from where the model stands. */
import {
  buildBatch,
  buildEndTransactionMarker,
  RecordBatch,
  type RecordToBuild,
} from '../../../../src/records/index.ts';
import type { BatchSpec, RecordSpec, Sender } from './history.ts';
import { SENDERS } from './history.ts';
import { type ModelBatch, modelOf } from './model-batch.ts';
import type { ModelLog, ModelProducer } from './model-log.ts';

export const idOf = (sender: Sender): number => (sender === 'plain' ? -1 : 10 + SENDERS.indexOf(sender));
const isTransactional = (sender: Sender): boolean => sender.startsWith('transactional');

export interface Sent {
  readonly bytes: Buffer;
  readonly model: ModelBatch;
}

export class Builder {
  readonly #nowMs: () => number;
  #values = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The next batch of a producer, given what it has in the log. */
  batch(spec: BatchSpec, model: ModelLog, at: Partial<Parameters<typeof buildBatch>[0]> = {}): Sent {
    const { sender, compression, records } = spec;
    const header = sender === 'plain' ? {} : nextOf(sender, model, spec.newProducerEpoch);
    return sent(
      buildBatch({
        ...header,
        ...at,
        compression,
        records: records.map((each) => this.#record(each, sender)),
      }),
    );
  }

  /** The same sequence numbers again. */
  retry({
    producerId,
    producerEpoch,
    baseSequence,
    isTransactional: inTransaction,
    ...batch
  }: ModelBatch): Sent {
    const count = batch.lastOffset - batch.baseOffset + 1;
    const records = Array.from({ length: count }, () =>
      this.#record({ key: 'a', valueBytes: 5, lateMs: 0 }, 'plain'),
    );
    return sent(
      buildBatch({ records, producerId, producerEpoch, baseSequence, isTransactional: inTransaction }),
    );
  }

  marker(
    sender: Sender,
    result: 'commit' | 'abort',
    { model, newProducerEpoch, at = {} }: MarkerPlace,
  ): Sent {
    const producerEpoch = (model.producers.get(idOf(sender))?.epoch ?? 0) + (newProducerEpoch ? 1 : 0);
    const bytes = buildEndTransactionMarker({
      result,
      coordinatorEpoch: 0,
      producerId: idOf(sender),
      producerEpoch,
      timestamp: this.#nowMs(),
    });
    const batch = new RecordBatch(bytes);
    if (at.baseOffset !== undefined) batch.baseOffset = at.baseOffset;
    if (at.partitionLeaderEpoch !== undefined) batch.partitionLeaderEpoch = at.partitionLeaderEpoch;
    return sent(bytes);
  }

  /** Producers with an id are younger than timestamps: their records have them. */
  #record({ key, valueBytes, lateMs }: RecordSpec, sender: Sender): RecordToBuild {
    const text = `${this.#values++} `.padEnd(valueBytes ?? 0, 'x').slice(0, valueBytes ?? 0);
    return {
      key: Buffer.from(key),
      value: valueBytes === null ? null : Buffer.from(text),
      timestamp: lateMs === null && sender === 'plain' ? -1 : this.#nowMs() + (lateMs ?? 0),
    };
  }
}

interface MarkerPlace {
  readonly model: ModelLog;
  readonly newProducerEpoch: boolean;
  readonly at?: { readonly baseOffset?: number; readonly partitionLeaderEpoch?: number };
}

interface ProducerHeader {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
}

function nextOf(sender: Sender, model: ModelLog, newProducerEpoch: boolean): ProducerHeader {
  const known: ModelProducer | undefined = model.producers.get(idOf(sender));
  // A producer gets a new epoch after its transaction was ended, never in the middle.
  const isNew = newProducerEpoch && known !== undefined && known.openFrom === undefined;
  return {
    producerId: idOf(sender),
    producerEpoch: (known?.epoch ?? 0) + (isNew ? 1 : 0),
    baseSequence: isNew ? 0 : nextSequence(known),
    isTransactional: isTransactional(sender),
  };
}

export function nextSequence(known: ModelProducer | undefined): number {
  const last = known?.batches.at(-1);
  return last === undefined ? 0 : last.lastSequence + 1;
}

/** A batch of one record at a sequence number of its own, to ask what a log would say to it. */
export function probe(known: ModelProducer, baseSequence: number, isInTransaction: boolean): RecordBatch {
  return new RecordBatch(
    buildBatch({
      records: [{ value: null, timestamp: 0 }],
      producerId: known.id,
      producerEpoch: known.epoch,
      baseSequence,
      isTransactional: isInTransaction,
    }),
  );
}

function sent(bytes: Buffer): Sent {
  return { bytes, model: modelOf(new RecordBatch(Buffer.from(bytes))) };
}
