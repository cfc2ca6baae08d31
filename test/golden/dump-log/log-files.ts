/** Logs in all formats and codecs, whole, torn, damaged, and with batches and control records that nobody writes. */
import {
  BATCH_LAYOUT,
  buildBatch,
  COMPRESSION_TYPES,
  type BatchToBuild,
} from '../../../src/records/index.ts';
import { batchOf, changed, FIRST, log, original, samplesOf, TIMESTAMP, type Files } from './made.ts';

/** Each sample of the formats v0, v1 and v2 as a log of its own. */
export function oldFormats(): Files {
  const files: Record<string, Buffer> = {};
  for (const line of original('../old-formats/samples.txt').toString().split('\n')) {
    const [kind, magic, codec, timestamps, offset, hex] = line.split(' ');
    if (kind !== 'set' || hex === undefined) continue;
    files[`old/${magic}-${codec}-${timestamps}-${offset}/${FIRST}.log`] = Buffer.from(hex, 'hex');
  }
  const plain = files[`old/v1-none-CreateTime-0/${FIRST}.log`]!;
  const wrapped = files[`old/v1-gzip-CreateTime-0/${FIRST}.log`]!;
  const mixed = log(plain, wrapped, batchOf(['v2'], { baseOffset: 5 }));
  const damaged = Buffer.from(plain);
  damaged.writeUInt8(damaged.readUInt8(30) ^ 1, 30);
  const damagedInside = Buffer.from(wrapped);
  damagedInside.writeUInt8(damagedInside.readUInt8(60) ^ 1, 60);
  const negativeMagic = Buffer.from(plain);
  negativeMagic.writeInt8(-1, 16);
  return {
    ...files,
    [`old/mixed/${FIRST}.log`]: mixed,
    [`old/damaged/${FIRST}.log`]: damaged,
    [`old/damaged-inside/${FIRST}.log`]: damagedInside,
    [`old/negative-magic/${FIRST}.log`]: negativeMagic,
    [`old/torn/${FIRST}.log`]: plain.subarray(0, plain.length - 20),
  };
}

export function tornLogs(): Files {
  const whole = batchOf(['one', 'two', 'three']);
  const next = batchOf(['four', 'five'], { baseOffset: 3 });
  const both = log(whole, next);
  const ends: Readonly<Record<string, Buffer>> = {
    'in-records': both.subarray(0, both.length - 5),
    'after-the-header': both.subarray(0, whole.length + 61),
    'in-the-header': both.subarray(0, whole.length + 40),
    'after-the-magic': both.subarray(0, whole.length + 17),
    'before-the-magic': both.subarray(0, whole.length + 16),
    'in-the-length': both.subarray(0, whole.length + 10),
    'with-text': log(both, Buffer.from('torn')),
    'with-more-text': log(both, Buffer.from('some text that is no batch at all and yet looks long')),
    'with-few-zeros': log(both, Buffer.alloc(16)),
    'with-zeros': log(both, Buffer.alloc(100)),
    'with-a-short-length': log(both, Buffer.from(`${'00'.repeat(11)}0d${'00'.repeat(20)}`, 'hex')),
    'with-a-negative-length': log(both, Buffer.from(`${'00'.repeat(8)}ffffffff${'00'.repeat(20)}`, 'hex')),
    'with-a-length-of-v0': log(both, Buffer.from(`${'00'.repeat(11)}0e${'00'.repeat(14)}`, 'hex')),
    'with-a-length-of-v0-as-v2': log(
      both,
      Buffer.from(`${'00'.repeat(11)}140000000002${'00'.repeat(80)}`, 'hex'),
    ),
    'with-a-short-v2-at-the-end': log(both, Buffer.from(`${'00'.repeat(11)}140000000002${'00'.repeat(15)}`, 'hex')),
    'with-random-bytes': log(both, randomBytes(200)),
    'one-byte': both.subarray(0, 1),
    empty: Buffer.alloc(0),
  };
  return Object.fromEntries(Object.entries(ends).map(([name, bytes]) => [`torn/${name}/${FIRST}.log`, bytes]));
}

/** Always the same. */
function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let state = 12345;
  for (let index = 0; index < count; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

export function oddBatches(): Files {
  const plain = batchOf(['one', 'two', 'three']);
  const flipped = (batch: Buffer, at: number): Buffer => {
    const bytes = Buffer.from(batch);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes;
  };
  const after = batchOf(['after'], { baseOffset: 3 });
  const odd: Record<string, Buffer> = {
    'a-value-changed': log(flipped(plain, plain.length - 2), after),
    'a-length-changed': log(flipped(plain, 61), after),
    'a-length-changed-in-the-second': log(flipped(plain, 61 + 18), after),
    'a-header-count-changed': log(changed(plain, (bytes) => bytes.writeUInt8(4, bytes.length - 1)), after),
    'one-record-too-many': log(changed(plain, (bytes) => bytes.writeInt32BE(4, BATCH_LAYOUT.count)), after),
    'one-record-too-few': log(changed(plain, (bytes) => bytes.writeInt32BE(2, BATCH_LAYOUT.count)), after),
    'no-record-counted': log(changed(plain, (bytes) => bytes.writeInt32BE(0, BATCH_LAYOUT.count)), after),
    'a-negative-count': log(changed(plain, (bytes) => bytes.writeInt32BE(-5, BATCH_LAYOUT.count)), after),
    'magic-3': log(changed(plain, (bytes) => bytes.writeInt8(3, BATCH_LAYOUT.magic)), after),
    'an-unknown-codec': log(changed(plain, (bytes) => bytes.writeInt16BE(5, BATCH_LAYOUT.attributes)), after),
    'unknown-attributes': changed(plain, (bytes) => bytes.writeInt16BE(0x7f80, BATCH_LAYOUT.attributes)),
    'an-impossible-sequence': changed(plain, (bytes) => bytes.writeInt32BE(-5, BATCH_LAYOUT.baseSequence)),
    'a-sequence-that-wraps': batchOf(['one', 'two', 'three'], {
      producerId: 7,
      producerEpoch: 32767,
      baseSequence: 2 ** 31 - 2,
    }),
    'gaps-and-no-values': buildBatch({
      partitionLeaderEpoch: 12,
      baseOffset: 100,
      lastOffset: 120,
      records: [
        { timestamp: -1, offset: 101 },
        { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: TIMESTAMP, offset: 105 },
        { key: Buffer.from('k'), value: null, timestamp: TIMESTAMP - 5000, offset: 106 },
        { key: null, value: Buffer.from('v'), timestamp: TIMESTAMP + 5, offset: 110 },
      ],
    }),
    'large-numbers': changed(plain, (bytes) => {
      bytes.writeBigInt64BE(2n ** 62n + 1n, BATCH_LAYOUT.baseOffset);
      bytes.writeInt32BE(-2, BATCH_LAYOUT.partitionLeaderEpoch);
      bytes.writeBigInt64BE(2n ** 61n + 3n, BATCH_LAYOUT.producerId);
      bytes.writeBigInt64BE(-(2n ** 60n) - 7n, BATCH_LAYOUT.maxTimestamp);
      bytes.writeBigInt64BE(2n ** 59n + 9n, BATCH_LAYOUT.baseTimestamp);
    }),
    'the-largest-offset': changed(plain, (bytes) =>
      bytes.writeBigInt64BE(2n ** 63n - 1n, BATCH_LAYOUT.baseOffset),
    ),
    'headers-and-text': buildBatch({
      partitionLeaderEpoch: 0,
      records: [
        {
          key: Buffer.from('ключ\n"two lines"\t\\'),
          value: Buffer.from([0xff, 0xfe, 0x61, 0xc3, 0x28, 0xe2, 0x82, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0x80]),
          timestamp: TIMESTAMP,
          headers: [
            { key: 'a,b', value: Buffer.from('1') },
            { key: '', value: null },
            { key: 'a,b', value: Buffer.alloc(0) },
            { key: 'é', value: Buffer.from('2') },
          ],
        },
      ],
    }),
    'a-delete-horizon': batchOf(['gone soon'], { deleteHorizonMs: TIMESTAMP + 86_400_000 }),
    'offsets-backwards': log(batchOf(['later'], { baseOffset: 10 }), batchOf(['earlier'], { baseOffset: 4 }), plain),
  };
  for (const compression of COMPRESSION_TYPES) {
    const values = Array.from({ length: 20 }, (_, index) => `value ${index} of a batch with ${compression}`);
    const batch = batchOf(values, { compression, producerId: 4000, producerEpoch: 3, baseSequence: 77 });
    odd[`written-by-us-${compression}`] = batch;
    odd[`append-time-${compression}`] = batchOf(values, {
      compression,
      timestampType: 'LogAppendTime',
      maxTimestamp: TIMESTAMP + 99,
    });
    if (compression !== 'none') odd[`no-records-${compression}`] = batchOf([], { compression, baseOffset: 4, lastOffset: 9 });
  }
  return Object.fromEntries(Object.entries(odd).map(([name, bytes]) => [`odd/${name}/${FIRST}.log`, bytes]));
}

function control(key: string, value: Buffer | null, more: Partial<BatchToBuild> = {}): Buffer {
  return buildBatch({
    partitionLeaderEpoch: 1,
    producerId: 12,
    producerEpoch: 1,
    isControl: true,
    isTransactional: true,
    records: [{ key: Buffer.from(key, 'hex'), value, timestamp: TIMESTAMP }],
    ...more,
  });
}

export function controlRecords(): Files {
  const epoch = Buffer.from('000000000011', 'hex');
  const files: Record<string, Buffer> = {
    abort: control('00000000', epoch),
    commit: control('00000001', epoch),
    'later-version': control('00010001', Buffer.from('00010000001100ff', 'hex')),
    'negative-version': control('ffff0001', epoch),
    'negative-version-of-the-value': control('00000001', Buffer.from('ffff00000011', 'hex')),
    'no-value': control('00000001', null),
    'short-value': control('00000001', epoch.subarray(0, 3)),
    'short-key': control('0000', epoch),
    'no-key': buildBatch({ partitionLeaderEpoch: 1, isControl: true, records: [{ timestamp: TIMESTAMP, value: epoch }] }),
    unknown: control('0000004d', epoch),
    negative: control('0000ffff', epoch),
    several: control('00000001', epoch, {
      records: ['00000001', '00000000', '00000006'].map((key) => ({
        key: Buffer.from(key, 'hex'),
        value: epoch,
        timestamp: TIMESTAMP,
      })),
    }),
  };
  const types: Readonly<Record<string, number>> = {
    LeaderChangeMessage: 2,
    SnapshotHeaderRecord: 3,
    SnapshotFooterRecord: 4,
    KRaftVersionRecord: 5,
    VotersRecord: 6,
  };
  for (const { name, version, filled, bytes } of samplesOf('control')) {
    const key = Buffer.alloc(4);
    key.writeInt16BE(types[name] ?? 77, 2);
    const value = bytes.subarray(2);
    files[`${name}-${version}-${filled ? 'filled' : 'bare'}`] = control(key.toString('hex'), value, {
      isTransactional: false,
      producerId: -1,
      producerEpoch: -1,
    });
  }
  const header = control('00000003', samplesOf('control')[0]!.bytes.subarray(2));
  return {
    ...Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`control/${name}/${FIRST}.log`, bytes])),
    'control/00000000000000000123-0000000007.checkpoint': header,
    'control/bootstrap.checkpoint': header,
    'control/other.checkpoint': header,
  };
}
