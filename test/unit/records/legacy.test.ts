import { readFileSync } from 'node:fs';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  batchesOf,
  buildBatch,
  decodeRecords,
  prepareCompression,
  RecordBatch,
  wholeBatchesSize,
} from '../../../src/records/index.ts';
import type { RecordToBuild } from '../../../src/records/index.ts';
import { type Conversion, convert, convertRecords } from '../../../src/records/legacy/convert-on-workers.ts';
import type { Workers } from '../../../src/runtime/index.ts';
import { downConvert, type DownConversion } from '../../../src/records/legacy/down-convert.ts';
import {
  type LegacyMessage,
  messageSize,
  messagesOf,
  writeMessage,
} from '../../../src/records/legacy/legacy-message.ts';
import {
  buildMessageSet,
  decodeMessage,
  type LegacyRecord,
} from '../../../src/records/legacy/message-set.ts';
import { upConvert, type UpConversion } from '../../../src/records/legacy/up-convert.ts';

await prepareCompression();

const SAMPLES = new URL('../../golden/old-formats/samples.txt', import.meta.url);
/** What Apache Kafka's own classes wrote, by what it is. */
const samples = new Map(
  readFileSync(SAMPLES, 'utf8')
    .trim()
    .split('\n')
    .map((line): [string, Buffer] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Buffer.from(line.slice(space + 1), 'hex')];
    }),
);
const sample = (name: string): Buffer => {
  const bytes = samples.get(name);
  if (bytes === undefined) throw new Error(`there is no sample "${name}"`);
  return Buffer.from(bytes);
};
const named = (pattern: RegExp): string[][] =>
  [...samples.keys()]
    .map((name) => pattern.exec(name))
    .flatMap((match) => (match === null ? [] : [[...match]]));

const TIME = 1_700_000_000_000;
const utf8 = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

/** The rule OldFormats.java fills its records by. */
function expected(magic: number, timestampType: string, base: number): LegacyRecord[] {
  const contents: [string | null, string | null][] = [
    ['first', 'the value of the first'],
    [null, 'a value without a key'],
    ['tombstone', null],
    ['', ''],
    ['long', 'over and over '.repeat(40)],
  ];
  return contents.map(([key, value], index) => ({
    offset: base + index,
    timestamp: magic === 0 ? -1 : timestampType === 'LogAppendTime' ? TIME + 500 : TIME + index,
    key: utf8(key),
    value: utf8(value),
  }));
}

const decoded = (messageSet: Buffer): LegacyRecord[] => [...messagesOf(messageSet)].flatMap(decodeMessage);

const LENIENT = {
  maxMessageBytes: 1_000_000,
  timestampType: 'CreateTime',
  compressionType: 'producer',
} as const;
const up = (records: Buffer, settings: Partial<UpConversion> = {}): RecordBatch =>
  new RecordBatch(upConvert({ ...LENIENT, ...settings, records }));

describe('message sets that Apache Kafka wrote', () => {
  test.each(named(/^set v([01]) (\w+) (\w+) (\d+)$/))('%s: are read', (name, magic, codec, type, base) => {
    const messages = [...messagesOf(sample(name))];
    expect(messages.every((message) => message.isValid())).toBe(true);
    expect(messages.map(({ compression }) => compression)).toContain(codec);
    expect(decoded(sample(name))).toEqual(expected(Number(magic), type, Number(base)));
  });

  test.each(named(/^set v([01]) none (\w+) (\d+)$/))('%s: are written byte for byte', (name, magic, type) => {
    const magicOf = magic === '0' ? 0 : 1;
    const timestampType = type === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime';
    const records = decoded(sample(name));
    expect(buildMessageSet({ magic: magicOf, compression: 'none', timestampType, records })).toEqual(
      sample(name),
    );
  });

  test.each(named(/^set v([01]) (gzip|snappy|lz4) (\w+) (\d+)$/))(
    '%s: are wrapped under the same offset and time, with the same offsets inside',
    (name, magic, codec, type, base) => {
      const messageSet = buildMessageSet({
        magic: magic === '0' ? 0 : 1,
        compression: codec === 'gzip' ? 'gzip' : codec === 'snappy' ? 'snappy' : 'lz4',
        timestampType: type === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
        records: expected(Number(magic), type, Number(base)),
      });
      const header = ({ offset, timestamp, timestampType }: LegacyMessage): unknown => [
        offset,
        timestamp,
        timestampType,
      ];
      expect([...messagesOf(messageSet)].map(header)).toEqual([...messagesOf(sample(name))].map(header));
      expect(decoded(messageSet)).toEqual(decoded(sample(name)));
    },
  );
});

describe('the header checksum of an lz4 frame', () => {
  const headerOf = (messageSet: Buffer): Buffer | undefined =>
    [...messagesOf(messageSet)][0]?.value?.subarray(0, 7);
  const lz4 = (magic: 0 | 1): Buffer =>
    buildMessageSet({
      magic,
      compression: 'lz4',
      timestampType: 'CreateTime',
      records: expected(magic, '', 0),
    });

  test.each([0, 1] as const)('is the one Kafka writes in v%d, which in v0 is wrong', (magic) => {
    expect(headerOf(sample(`set v${magic} lz4 CreateTime 0`))?.toString('hex')).toBe(
      magic === 0 ? '04224d1860401a' : '04224d18604082',
    );
    expect(headerOf(lz4(magic))).toEqual(headerOf(sample(`set v${magic} lz4 CreateTime 0`)));
  });

  test('may be anything in v0 when it is read, and only the right one in v1', () => {
    const spoiled = (magic: 0 | 1): LegacyRecord[] => {
      const records = expected(magic, '', 0);
      const [wrapper] = [
        ...messagesOf(buildMessageSet({ magic, compression: 'lz4', timestampType: 'CreateTime', records })),
      ];
      const frame = wrapper?.value;
      if (wrapper === undefined || frame == null) throw new Error('not wrapped');
      const flags = frame[4] ?? 0;
      const position = 6 + (flags & 8 ? 8 : 0);
      frame[position] = (frame[position] ?? 0) ^ 0x55;
      return decodeMessage(wrapper);
    };
    expect(spoiled(0)).toEqual(expected(0, '', 0));
    expect(() => spoiled(1)).toThrow('A lz4 message cannot be decompressed');
  });
});

describe('up-conversion', () => {
  test.each(named(/^set v([01]) (\w+) (CreateTime) (\d+)$/))(
    '%s: becomes one batch',
    (name, magic, codec, type) => {
      const batch = up(sample(name));
      expect(batch.isValid()).toBe(true);
      expect(batch.sizeInBytes).toBe(batch.buffer.length);
      expect([batch.magic, batch.baseOffset, batch.count, batch.compression]).toEqual([2, 0, 5, codec]);
      expect(batch.timestampType).toBe('CreateTime');
      expect(decodeRecords(batch)).toEqual(
        expected(Number(magic), type, 0).map((record) => ({ ...record, headers: [] })),
      );
    },
  );

  test('packs into the codec of the topic', () => {
    expect(up(sample('set v1 none CreateTime 0'), { compressionType: 'gzip' }).compression).toBe('gzip');
    expect(up(sample('set v1 gzip CreateTime 0'), { compressionType: 'uncompressed' }).compression).toBe(
      'none',
    );
  });

  test('makes nothing of nothing, and drops a tail that is cut off', () => {
    expect(upConvert({ ...LENIENT, records: Buffer.alloc(0) })).toHaveLength(0);
    const messageSet = sample('set v1 none CreateTime 0');
    expect(up(messageSet.subarray(0, -1)).count).toBe(4);
  });

  const spoiled = (name: string, change: (bytes: Buffer) => void): Buffer => {
    const bytes = sample(name);
    change(bytes);
    return bytes;
  };
  const sealed = (messageSet: Buffer): Buffer => {
    for (const { bytes } of messagesOf(messageSet)) bytes.writeUInt32BE(crc32(bytes.subarray(4)), 0);
    return messageSet;
  };
  const inner = (magic: 0 | 1): Buffer =>
    buildMessageSet({
      magic,
      compression: 'none',
      timestampType: 'CreateTime',
      records: expected(magic, '', 0),
    });

  const wrapped = (value: Buffer | null): Buffer => {
    const messageSet = Buffer.alloc(messageSize(1, null, value));
    const message = { offset: 4, timestamp: 1, key: null, value, timestampType: 'CreateTime' } as const;
    writeMessage(messageSet, 0, 1, { ...message, compression: 'gzip' });
    return messageSet;
  };

  test.each<[string, string, () => Buffer, Partial<UpConversion>]>([
    [
      'CORRUPT_MESSAGE',
      'a wrong checksum',
      () => spoiled('set v0 none CreateTime 0', (b) => b.fill(1, 12, 16)),
      {},
    ],
    [
      'CORRUPT_MESSAGE',
      'a size no message has',
      () => spoiled('set v0 none CreateTime 0', (b) => b.writeInt32BE(13, 8)),
      {},
    ],
    [
      'CORRUPT_MESSAGE',
      'a magic from the future',
      () => spoiled('set v0 none CreateTime 0', (b) => b.writeInt8(3, 16)),
      {},
    ],
    [
      'MESSAGE_TOO_LARGE',
      'one message too large',
      () => sample('set v1 none CreateTime 0'),
      { maxMessageBytes: 300 },
    ],
    ['INVALID_RECORD', 'two formats', () => Buffer.concat([inner(0), inner(1)]), {}],
    [
      'INVALID_RECORD',
      'a message beside a wrapper',
      () => Buffer.concat([inner(1), sample('set v1 gzip CreateTime 0')]),
      {},
    ],
    [
      'INVALID_RECORD',
      'a message set and a batch',
      () => Buffer.concat([inner(1), sample('set v2 none CreateTime 0')]),
      {},
    ],
    [
      'INVALID_RECORD',
      'zstd',
      () => sealed(spoiled('set v1 gzip CreateTime 0', (b) => b.writeInt8(4, 17))),
      {},
    ],
    [
      'UNKNOWN_SERVER_ERROR',
      'a codec of the future',
      () => sealed(spoiled('set v1 gzip CreateTime 0', (b) => b.writeInt8(6, 17))),
      {},
    ],
    [
      'UNKNOWN_SERVER_ERROR',
      'what no codec unpacks',
      () => sealed(spoiled('set v1 gzip CreateTime 0', (b) => b.fill(0x7e, 40))),
      {},
    ],
    ['INVALID_RECORD', 'a wrapper around nothing', () => wrapped(gzipSync(Buffer.alloc(0))), {}],
    ['INVALID_RECORD', 'a wrapper without a value', () => wrapped(null), {}],
    ['INVALID_RECORD', 'another format inside', () => wrapped(gzipSync(inner(0))), {}],
    ['INVALID_RECORD', 'a wrapper in a wrapper', () => wrapped(gzipSync(wrapped(gzipSync(inner(1))))), {}],
    ['CORRUPT_MESSAGE', 'a wrong checksum inside', () => wrapped(gzipSync(inner(1).fill(1, 12, 16))), {}],
    [
      'INVALID_RECORD',
      'an offset below that of the last inside',
      () => spoiled('set v1 gzip CreateTime 0', (b) => b.writeInt32BE(3, 4)),
      {},
    ],
    [
      'UNKNOWN_SERVER_ERROR',
      'a key longer than its message',
      () => sealed(spoiled('set v0 none CreateTime 0', (b) => b.writeInt32BE(99, 18))),
      {},
    ],
    [
      'UNKNOWN_SERVER_ERROR',
      'a time before all time',
      () => sealed(spoiled('set v1 none CreateTime 0', (b) => b.writeInt32BE(-9, 18))),
      {},
    ],
    [
      'INVALID_TIMESTAMP',
      "a broker's time in a topic of brokers' times",
      () => sample('set v1 none LogAppendTime 0'),
      { timestampType: 'LogAppendTime' },
    ],
  ])('answers %s to %s', async (error, _what, records, settings) => {
    const converted = await convert({ kind: 'up', ...LENIENT, ...settings, records: records() });
    expect(converted).toEqual({ error, message: expect.any(String) });
  });

  test("takes a broker's time for the producer's own where that counts, as Kafka does", () => {
    expect(up(sample('set v1 none LogAppendTime 0')).timestampType).toBe('CreateTime');
  });

  test('answers something to anything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...named(/^set v[01] .*$/).map(([name]) => name)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (name = '', changes, isSealed) => {
          const bytes = sample(name);
          // Behind the offset and the size, so that the walk itself still finds the message.
          for (const [position, byte] of changes) bytes[16 + (position % (bytes.length - 16))] = byte;
          const records = isSealed && wholeBatchesSize(bytes) === bytes.length ? sealed(bytes) : bytes;
          const converted = await convert({ kind: 'up', ...LENIENT, records });
          expect('error' in converted || new RecordBatch(converted.records).isValid()).toBe(true);
        },
      ),
    );
  });

  test('takes the offset 0 of a wrapper for one that was not set', () => {
    expect(up(spoiled('set v1 gzip CreateTime 0', (b) => b.fill(0, 0, 8))).count).toBe(5);
  });
});

const down = (conversion: DownConversion): Buffer => downConvert(conversion).messageSet;

describe('down-conversion', () => {
  test.each(named(/^down (v2 (\w+) (\w+) (\d+)) to v([01]) from (\d+)$/))(
    '%s: says what the original says',
    (name, from, codec, _type, _base, magic, offset) => {
      const records = sample(`set ${from}`);
      const converted = down({ records, magic: magic === '0' ? 0 : 1, fetchOffset: Number(offset) });
      expect(converted.length).toBeGreaterThanOrEqual(records.length);
      expect(decoded(converted)).toEqual(decoded(sample(name)));
      if (codec === 'none') expect(converted.subarray(0, sample(name).length)).toEqual(sample(name));
    },
  );

  const batch = (records: readonly RecordToBuild[], baseOffset = 0): Buffer =>
    buildBatch({ records, baseOffset });
  const value = (size: number): RecordToBuild => ({ timestamp: 1, value: Buffer.alloc(size) });
  const offsets = (messageSet: Buffer): number[] => decoded(messageSet).map(({ offset }) => offset);

  test('leaves control batches out', () => {
    const marker = sample('set marker');
    const records = Buffer.concat([marker, batch([value(1)], 1), marker, batch([value(1)], 3)]);
    expect(offsets(down({ records, magic: 1, fetchOffset: 0 }))).toEqual([1, 3]);
  });

  test('shows only that there is something, where nothing can be converted', () => {
    expect(down({ records: Buffer.alloc(0), magic: 0, fetchOffset: 0 })).toHaveLength(0);
    const nothing = down({ records: sample('set marker'), magic: 0, fetchOffset: 0 });
    expect(nothing).toHaveLength(12);
    expect(offsets(nothing)).toEqual([]);
  });

  test('is as long as what was read, except that the first batch always fits', () => {
    const small = Buffer.concat(Array.from({ length: 9 }, (_, index) => batch([value(1)], index)));
    expect(down({ records: small, magic: 1, fetchOffset: 0 })).toHaveLength(small.length);
    const many = batch(Array.from({ length: 100 }, () => value(1)));
    const grown = down({ records: Buffer.concat([many, many]), magic: 1, fetchOffset: 0 });
    expect(grown.length).toBeGreaterThan(2 * many.length);
    expect(offsets(grown)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test('says of zstd what can be said: an error when it comes first, else nothing yet', async () => {
    const zstd = sample('set v2 zstd CreateTime 1000');
    const refused = await convert({ kind: 'down', records: zstd, magic: 1, fetchOffset: 0 });
    expect(refused).toEqual({ error: 'UNSUPPORTED_COMPRESSION_TYPE', message: expect.any(String) });
    const records = Buffer.concat([batch([value(9)], 0), batch([value(9)], 1), zstd]);
    // The second batch shares its chunk with the one that cannot be converted.
    expect(offsets(down({ records, magic: 1, fetchOffset: 0 }))).toEqual([0]);
  });

  test('stops at a batch that is cut off', () => {
    const records = Buffer.concat([batch([value(9)], 0), batch([value(9)], 1)]).subarray(0, -1);
    expect([...batchesOf(records)]).toHaveLength(1);
    expect(offsets(down({ records, magic: 0, fetchOffset: 0 }))).toEqual([0]);
  });
});

describe('where a conversion runs', () => {
  const asked: string[] = [];
  /** As a worker thread has it: nothing but a structured clone comes and goes. */
  const workers: Workers = {
    run: async (task, input) => {
      asked.push(task);
      const { records } = input as Conversion;
      expect(records.byteLength).toBe(records.buffer.byteLength);
      return structuredClone(await convert(structuredClone(input) as Conversion));
    },
    close: () => Promise.resolve(),
  };

  test.each<[string, Conversion, boolean]>([
    ['a small set', { kind: 'up', ...LENIENT, records: sample('set v0 none CreateTime 0') }, false],
    [
      'a small batch',
      { kind: 'down', records: sample('set v2 none CreateTime 0'), magic: 0, fetchOffset: 0 },
      false,
    ],
    ['a wrapper', { kind: 'up', ...LENIENT, records: sample('set v1 gzip CreateTime 0') }, true],
    [
      'a compressed batch',
      { kind: 'down', records: sample('set v2 lz4 CreateTime 0'), magic: 1, fetchOffset: 0 },
      true,
    ],
    [
      'a large set',
      {
        kind: 'up',
        ...LENIENT,
        records: Buffer.concat(Array<Buffer>(30).fill(sample('set v0 none CreateTime 0'))),
      },
      true,
    ],
  ])('%s', async (_what, conversion, onWorker) => {
    asked.length = 0;
    const converted = convertRecords(conversion, workers);
    expect(converted instanceof Promise).toBe(onWorker);
    expect(asked).toEqual(onWorker ? ['records/legacy/convert-on-workers#convert'] : []);
    expect(await converted).toEqual(await convert(conversion));
  });
});
