/** Everything a log can be asked, asked, and held against what the array says. */
import { batchesOf } from '../../../../src/records/index.ts';
import { joinRecords, type UnifiedLog } from '../../../../src/storage/index.ts';
import { nextSequence, probe } from './build.ts';
import { inWords, isSame, type ModelBatch, modelOf, type ModelRecord } from './model-batch.ts';
import type { Isolation, ModelLog, ModelProducer, ModelTransaction } from './model-log.ts';

const ISOLATIONS = ['log-end', 'high-watermark', 'txn-committed'] as const;
/** Of the special times of ListOffsets. */
const [LATEST, EARLIEST, MAX_TIMESTAMP] = [-1, -2, -3];

export async function expectSame(
  log: UnifiedLog,
  model: ModelLog,
  { random, segmentBases }: Surroundings,
): Promise<void> {
  expectOffsets(log, model);
  expectProducers(log, model);
  expectEpochs(log, model);
  const middle = model.start + random(Math.max(1, model.end - model.start));
  for (const isolation of ISOLATIONS) {
    await expectReads(log, model, { from: model.start, isolation, maxBytes: 700 });
    await expectReads(log, model, { from: middle, isolation, maxBytes: 40 + random(300) });
  }
  await expectTimes(log, model, { random, segmentBases });
}

interface Surroundings {
  readonly random: (below: number) => number;
  /** Where the segments begin, by the names of their files. */
  readonly segmentBases: readonly number[];
}

// ------------------------------------------------------------------------------------------------- offsets

function expectOffsets(log: UnifiedLog, model: ModelLog): void {
  const { logStartOffset, logEndOffset, nextOffset, highWatermark, firstSegmentBaseOffset, recoveryPoint } =
    log;
  expectEqual(
    { logStartOffset, logEndOffset, nextOffset, highWatermark, firstSegmentBaseOffset },
    {
      logStartOffset: model.start,
      logEndOffset: model.end,
      nextOffset: model.end,
      highWatermark: model.highWatermark,
      firstSegmentBaseOffset: model.firstSegment,
    },
    'offsets',
  );
  if (recoveryPoint > model.end || recoveryPoint < 0)
    throw new Error(`the recovery point ${recoveryPoint} lies behind the end ${model.end}`);
  const allowed = stableOffsets(model);
  if (!allowed.has(log.lastStableOffset))
    throw new Error(
      `the last stable offset is ${log.lastStableOffset}, not one of ${[...allowed].join(', ')}`,
    );
}

/**
 * A log that was opened anew knows of transactions that ended before only what its snapshot says: not that their
 * markers were still to be replicated. Then those hold nobody back, and nobody is harmed: the markers are there.
 * Of one that began below the log's start it may know only the part above it. And a
 * snapshot may know a transaction of which the cleaner took the data, as open where the marker was cut: as in the original.
 */
function stableOffsets(model: ModelLog): Set<number> {
  const { transactions, transactionsEver, highWatermark, start } = model;
  const isUnstable = ({ lastOffset = Infinity }: ModelTransaction): boolean => lastOffset >= highWatermark;
  const held = transactions.filter(isUnstable).map((each) => heldBackFrom(each, model));
  const atMost = Math.min(highWatermark, ...held);
  const perhaps = transactionsEver
    .filter(isUnstable)
    .flatMap((each) => [each.firstOffset, knownFrom(each, model)]);
  const allowed = [atMost, ...perhaps].filter((offset) => offset <= atMost);
  return new Set(allowed.map((offset) => Math.min(Math.max(offset, start), highWatermark)));
}

/** From where on the transaction holds consumers back for certain. */
function heldBackFrom(transaction: ModelTransaction, model: ModelLog): number {
  const isForgettable = (transaction.lastOffset ?? Infinity) < (model.rebuilt?.to ?? 0);
  return isForgettable ? Infinity : knownFrom(transaction, model);
}

/** Where the part of it begins that the log has read when it was opened. */
function knownFrom(transaction: ModelTransaction, model: ModelLog): number {
  const from = model.rebuilt?.from ?? 0;
  return model.batchesOf(transaction).find(({ lastOffset }) => lastOffset >= from)?.baseOffset ?? Infinity;
}

// ------------------------------------------------------------------------------------------------ producers

function expectProducers(log: UnifiedLog, model: ModelLog): void {
  for (const { id } of model.producers.values()) {
    const known = log.producers.producers.get(id);
    const found = known && {
      epoch: known.producerEpoch,
      lastSequence: known.lastSequence,
      lastOffset: known.batches.at(-1)?.lastOffset ?? -1,
    };
    // Of a log that begins higher than its files, what lies below its start may be lost when it is opened.
    if (!isEqual(found, stateOf(id, model))) model.forgetCleanedAway(id);
    if (!isEqual(found, stateOf(id, model))) model.forget(id, model.rebuilt?.from ?? 0);
    expectEqual(found, stateOf(id, model), `the state of producer ${id}`);
    const producer = model.producers.get(id);
    if (producer === undefined || known === undefined) continue;
    expectTransaction(id, known.currentTxnFirstOffset, model);
    const last = producer.batches.at(-1);
    if (last !== undefined) expectVerdicts(log, producer, last);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function stateOf(id: number, model: ModelLog): unknown {
  const producer = model.producers.get(id);
  const last = producer?.batches.at(-1);
  return (
    producer && {
      epoch: producer.epoch,
      lastSequence: last?.lastSequence ?? -1,
      lastOffset: last?.lastOffset ?? -1,
    }
  );
}

function expectTransaction(id: number, found: number | undefined, model: ModelLog): void {
  const allowed = model.openFrom(id);
  const [first] = allowed;
  const mayBeginLater = first !== undefined && found !== undefined && first < (model.rebuilt?.from ?? 0);
  if (allowed.includes(found) || (mayBeginLater && found >= first)) return;
  throw new Error(`the open transaction of producer ${id} is ${String(found)}, not ${String(first)}`);
}

/** A retry is a duplicate, a gap is refused, what comes next is taken. */
function expectVerdicts(log: UnifiedLog, producer: ModelProducer, last: ModelBatch): void {
  const { isTransactional } = last;
  const verdict = (sequence: number): string =>
    log.producers.decideAppend(probe(producer, sequence, isTransactional), 'client').kind;
  const isOfOneRecord = last.lastOffset === last.baseOffset;
  const next = nextSequence(producer);
  const expected = ['append', 'refuse', isOfOneRecord ? 'duplicate' : 'refuse'];
  const found = [verdict(next), verdict(next + 3), verdict(last.baseSequence)];
  expectEqual(
    found,
    expected,
    `what producer ${producer.id} is answered to ${next}, ${next + 3} and a retry`,
  );
}

// -------------------------------------------------------------------------------------------------- epochs

function expectEpochs(log: UnifiedLog, model: ModelLog): void {
  expectEqual(log.latestEpoch, model.latestEpoch, 'the latest leader epoch');
  for (let epoch = 0; epoch <= model.latestEpoch + 1; epoch++)
    expectEqual(log.endOffsetForEpoch(epoch), model.endOfEpoch(epoch), `the end of leader epoch ${epoch}`);
}

// --------------------------------------------------------------------------------------------------- reads

interface ReadPlan {
  readonly from: number;
  readonly isolation: Isolation;
  readonly maxBytes: number;
}

/** Reads to the end as a consumer does; what it is given must be what the array holds there. */
async function expectReads(log: UnifiedLog, model: ModelLog, plan: ReadPlan): Promise<void> {
  const { from, isolation, maxBytes } = plan;
  const what = `${isolation} read from ${from}, ${maxBytes} bytes at a time`;
  const limit = isolation === 'txn-committed' ? log.lastStableOffset : model.limitOf(isolation);
  const expected = from < limit ? model.visible(from, limit) : [];
  const consumer = new Consumer(from);
  let seen = 0;
  for (let startOffset = from; startOffset < limit;) {
    const read = await log.read({ startOffset, maxBytes, isolation, minOneMessage: true });
    const batches = [...batchesOf(joinRecords(read))];
    if (batches.length === 0) break;
    consumer.startReading(read.abortedTransactions ?? []);
    for (const batch of batches) {
      const [found, wanted] = [modelOf(batch), expected[seen]];
      if (!batch.isValid() || wanted === undefined || !isSame(found, wanted))
        throw new Error(`${what}: the log has ${inWords(found)}, the model ${inWords(wanted)}`);
      consumer.take(found);
      seen += 1;
      startOffset = batch.nextOffset;
    }
    read.release?.();
  }
  if (seen < expected.length) throw new Error(`${what}: ${inWords(expected[seen])} is missing`);
  if (isolation === 'txn-committed')
    expectEqual(
      consumer.records,
      from < limit ? model.committed(from, limit) : [],
      `what ${what} gives a consumer`,
    );
}

/** Leaves aborted records out as clients do: by what the broker told them, and by the markers they come across. */
class Consumer {
  readonly records: ModelRecord[] = [];
  readonly #from: number;
  #waiting: { readonly producerId: number; readonly firstOffset: number }[] = [];
  #aborted = new Set<number>();

  constructor(from: number) {
    this.#from = from;
  }

  startReading(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]): void {
    this.#waiting = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset);
    this.#aborted = new Set();
  }

  take({ producerId, lastOffset, isControl, isTransactional, marker, records }: ModelBatch): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].firstOffset <= lastOffset)
      this.#aborted.add(this.#waiting.shift()!.producerId);
    if (isControl && marker === 'abort') this.#aborted.delete(producerId);
    if (isControl || (isTransactional && this.#aborted.has(producerId))) return;
    this.records.push(...records.filter(({ offset }) => offset >= this.#from));
  }
}

// --------------------------------------------------------------------------------------------------- times

async function expectTimes(
  log: UnifiedLog,
  model: ModelLog,
  { random, segmentBases }: Surroundings,
): Promise<void> {
  for (const isolation of ISOLATIONS) {
    const limit = isolation === 'txn-committed' ? log.lastStableOffset : model.limitOf(isolation);
    const latest = await log.fetchOffsetByTimestamp(LATEST, isolation);
    expectEqual(latest?.offset, limit, `the latest offset, ${isolation}`);
  }
  const earliest = await log.fetchOffsetByTimestamp(EARLIEST, 'log-end');
  expectEqual(
    [earliest?.offset, earliest?.leaderEpoch],
    [model.start, model.epochOf(model.start)],
    'the earliest offset',
  );
  const times = model.stored.flatMap(({ records }) => records.map(({ timestamp }) => timestamp));
  const youngest = Math.max(-1, ...times);
  const asked = [
    times[random(times.length)] ?? 0,
    (times[random(times.length)] ?? 0) + 1,
    youngest,
    youngest + 1,
  ];
  for (const timestamp of asked.filter((time) => time >= 0)) {
    const found = await log.fetchOffsetByTimestamp(timestamp, 'log-end');
    const allowed = model.firstNotOlderThan(timestamp, segmentBases).map((record) => record?.offset);
    if (!allowed.includes(found?.offset))
      throw new Error(
        `the first record not older than ${timestamp} is at ${String(found?.offset)}, not at ${allowed.join(' or ')}`,
      );
  }
  await expectYoungest(log, model);
}

/** Of the first batch that has the largest time; a batch that the cleaner has emptied has none any more. */
async function expectYoungest(log: UnifiedLog, { stored }: ModelLog): Promise<void> {
  const found = await log.fetchOffsetByTimestamp(MAX_TIMESTAMP, 'log-end');
  const timestamp = Math.max(-1, ...stored.map(({ maxTimestamp }) => maxTimestamp));
  const holder = stored.find((batch) => batch.maxTimestamp === timestamp);
  const record = holder?.records.find((each) => each.timestamp === timestamp);
  // Where no record has a time it is the first of all, unless the first segment is empty.
  if (timestamp < 0 && found === undefined) return;
  expectEqual(found?.offset, record?.offset, `the first of the youngest records (${timestamp})`);
}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  if (text(actual) !== text(expected))
    throw new Error(`${what}: the log has ${text(actual)}, the model ${text(expected)}`);
}
