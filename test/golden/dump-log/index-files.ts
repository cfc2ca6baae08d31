/** Indexes that fit their log and that do not, and producer snapshots. */
import { writeInt64 } from '../../../src/records/index.ts';
import { encodeProducerSnapshot } from '../../../src/storage/producer-snapshot.ts';
import { batchOf, FIRST, log, TIMESTAMP, type Files } from './made.ts';

const offsetEntry = (relativeOffset: number, position: number): Buffer => {
  const entry = Buffer.alloc(8);
  entry.writeInt32BE(relativeOffset, 0);
  entry.writeInt32BE(position, 4);
  return entry;
};
const timeEntry = (timestamp: number, relativeOffset: number): Buffer => {
  const entry = Buffer.alloc(12);
  writeInt64(entry, timestamp, 0);
  entry.writeInt32BE(relativeOffset, 8);
  return entry;
};

/** Three batches at 1000, 1003 and 1005; 92, 83 and 80 bytes long. */
export function indexes(): Files {
  const batches = [
    batchOf(['one', 'two', 'three'], { baseOffset: 1000 }),
    batchOf(['four', 'five'], { baseOffset: 1003, timestampType: 'LogAppendTime', maxTimestamp: TIMESTAMP + 50 }),
    batchOf(['six'], { baseOffset: 1005, compression: 'gzip' }),
  ];
  const base = '00000000000000001000';
  const [first, second] = [batches[0]!.length, batches[0]!.length + batches[1]!.length];
  const right = [offsetEntry(4, first), offsetEntry(5, second)];
  const times = [timeEntry(TIMESTAMP + 2, 2), timeEntry(TIMESTAMP + 50, 4)];
  const offsets: Readonly<Record<string, readonly Buffer[]>> = {
    right,
    preallocated: [...right, Buffer.alloc(80)],
    'all-zeros': [Buffer.alloc(80)],
    'part-of-an-entry': [...right, Buffer.alloc(3)],
    'wrong-offsets': [offsetEntry(1, 0), offsetEntry(3, first), offsetEntry(9, second)],
    'a-position-inside-a-batch': [offsetEntry(2, 5)],
    'a-position-at-the-end': [offsetEntry(2, log(...batches).length)],
    'a-position-behind-the-end': [offsetEntry(2, 0), offsetEntry(4, 100_000)],
    'a-negative-position': [offsetEntry(2, -1)],
    'a-negative-offset': [offsetEntry(-3, 0)],
    falling: [offsetEntry(5, second), offsetEntry(4, first)],
    'the-base-again': [offsetEntry(0, 0), offsetEntry(4, first), offsetEntry(0, 0), offsetEntry(5, second)],
  };
  const timestamps: Readonly<Record<string, readonly Buffer[]>> = {
    right: times,
    preallocated: [...times, Buffer.alloc(120)],
    'all-zeros': [Buffer.alloc(120)],
    'part-of-an-entry': [...times, Buffer.alloc(5)],
    'wrong-timestamps': [timeEntry(TIMESTAMP + 1, 2), timeEntry(TIMESTAMP + 51, 4)],
    'out-of-order': [timeEntry(TIMESTAMP + 50, 4), timeEntry(TIMESTAMP + 2, 2), timeEntry(TIMESTAMP, 5)],
    'offsets-inside-a-batch': [timeEntry(TIMESTAMP + 1, 1), timeEntry(TIMESTAMP + 50, 3)],
    'offsets-behind-the-end': [timeEntry(TIMESTAMP + 2, 2), timeEntry(TIMESTAMP + 60, 90)],
    'a-negative-offset': [timeEntry(TIMESTAMP, -5)],
    'a-negative-timestamp': [timeEntry(-1, 2), timeEntry(-1, 4)],
  };
  const files: Record<string, Buffer> = {};
  for (const [name, entries] of Object.entries(offsets)) {
    files[`index/${name}/${base}.log`] = log(...batches);
    files[`index/${name}/${base}.index`] = log(...entries);
  }
  for (const [name, entries] of Object.entries(timestamps)) {
    files[`times/${name}/${base}.log`] = log(...batches);
    files[`times/${name}/${base}.index`] = log(...right);
    files[`times/${name}/${base}.timeindex`] = log(...entries);
  }
  const damaged = Buffer.from(batches[0]!);
  damaged.writeUInt8(0x7f, 61);
  files[`times/a-damaged-batch/${base}.log`] = log(damaged, batches[1]!, batches[2]!);
  files[`times/a-damaged-batch/${base}.index`] = log(...right);
  files[`times/a-damaged-batch/${base}.timeindex`] = log(...times);
  files[`times/a-preallocated-index/${base}.log`] = log(...batches);
  files[`times/a-preallocated-index/${base}.index`] = log(...right, Buffer.alloc(8 * 2000));
  files[`times/a-preallocated-index/${base}.timeindex`] = log(...times);
  files[`times/a-wrong-index/${base}.log`] = log(...batches);
  files[`times/a-wrong-index/${base}.index`] = log(offsetEntry(1, second), offsetEntry(5, 100_000));
  files[`times/a-wrong-index/${base}.timeindex`] = log(...times, timeEntry(TIMESTAMP + 90, 5));
  files[`times/without-a-log/${base}.timeindex`] = log(...times);
  files[`times/without-an-index/${base}.log`] = log(...batches);
  files[`times/without-an-index/${base}.timeindex`] = log(...times);
  files[`index/without-a-log/${base}.index`] = log(...right);
  files[`index/abc.index`] = log(...right);
  return { ...files, ...transactionIndexes() };
}

function transactionIndexes(): Files {
  const entry = (version: number, ...numbers: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(34);
    bytes.writeInt16BE(version, 0);
    for (const [index, number] of numbers.entries()) writeInt64(bytes, number, 2 + 8 * index);
    return bytes;
  };
  const right = entry(0, 4000, 10, 19, 12);
  return {
    [`aborted/right/${FIRST}.txnindex`]: log(right, entry(0, 2 ** 40, 12, 25, 26)),
    [`aborted/part-of-an-entry/${FIRST}.txnindex`]: log(right, right.subarray(0, 20)),
    [`aborted/later-version/${FIRST}.txnindex`]: log(right, entry(1, 1, 2, 3, 4), right),
    [`aborted/negative-version/${FIRST}.txnindex`]: entry(-1, 1, 2, 3, 4),
    [`aborted/empty/${FIRST}.txnindex`]: Buffer.alloc(0),
    'aborted/abc.txnindex': right,
  };
}

export function snapshots(): Files {
  const entry = {
    producerId: 4000,
    producerEpoch: 3,
    lastSequence: 19,
    lastOffset: 119,
    offsetDelta: 4,
    lastTimestamp: TIMESTAMP,
    coordinatorEpoch: 2,
    currentTxnFirstOffset: 100,
  };
  const right = encodeProducerSnapshot([
    entry,
    { ...entry, producerId: 2 ** 45, lastSequence: 1, offsetDelta: 4, currentTxnFirstOffset: -1, coordinatorEpoch: -1 },
    { ...entry, producerId: 1, lastSequence: -1, lastOffset: -1, offsetDelta: 0, currentTxnFirstOffset: -1 },
    { ...entry, producerId: 2, lastSequence: -1, lastOffset: 7, offsetDelta: 0, currentTxnFirstOffset: 0 },
    { ...entry, producerId: 3, lastSequence: 5, lastOffset: -1, lastTimestamp: -1 },
  ]);
  const damage = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(right);
    change(bytes);
    return bytes;
  };
  const files: Readonly<Record<string, Buffer>> = {
    right,
    'no-entries': encodeProducerSnapshot([]),
    'wrong-checksum': damage((bytes) => bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)),
    'later-version': damage((bytes) => bytes.writeInt16BE(2, 0)),
    'cut-off': right.subarray(0, right.length - 10),
    'cut-off-in-the-header': right.subarray(0, 5),
    'with-more': log(right, Buffer.from('more')),
    'too-many': damage((bytes) => bytes.writeInt32BE(1000, 6)),
    'negative-count': damage((bytes) => bytes.writeInt32BE(-1, 6)),
    empty: Buffer.alloc(0),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [`snapshot/${name}/${FIRST}.snapshot`, bytes]),
  );
}
