/** What a producer may send, by what is special about it. Nothing of it any client would send on purpose. */
import type { CompressionType } from '../../../src/records/index.ts';
import { batch, type BatchParts, header, record, type RecordParts, TIME, varint } from './batch-parts.ts';

/** In each codec, or plain. */
type Make = (codec: CompressionType) => Buffer;

const NO_END = Buffer.alloc(10, 0xff);
const FIVE_BYTES_AND_MORE = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
/** Minus one, in three bytes where one would do. */
const WASTEFUL = Buffer.from([0x81, 0x80, 0x00]);

const three = (parts: RecordParts, at = 1): Buffer[] =>
  [0, 1, 2].map((index) => record(index, index === at ? parts : {}));
const ofThree =
  (parts: RecordParts, at?: number): Make =>
  (codec) =>
    batch({ codec, records: three(parts, at) });
const withHeader =
  (parts: Omit<BatchParts, 'records' | 'codec'>): Make =>
  (codec) =>
    batch({ codec, records: three({}), ...parts });

const H = header(Buffer.from('h'), Buffer.from('of value'));

/** Asked in every codec. */
export const BATCHES: Readonly<Record<string, Make>> = {
  'three records': ofThree({}),
  'a count above the records': withHeader({ count: 4, maxTimestamp: TIME + 2 }),
  'a count below the records': withHeader({ count: 2, maxTimestamp: TIME + 2 }),
  'bytes behind the records': (codec) => batch({ codec, records: [...three({}), Buffer.alloc(3)], count: 3 }),
  'a record cut off': (codec) =>
    batch({ codec, records: [record(0), record(1), record(2).subarray(0, -2)], count: 3 }),
  'a record size that is too large': ofThree({ size: varint(100) }),
  'a record size that is one too large': ofThree({ size: varint(19) }),
  'a record size that is one too small': ofThree({ size: varint(17) }),
  'a record size of zero': ofThree({ size: varint(0) }),
  'a negative record size': ofThree({ size: varint(-3) }),
  'bytes inside a record, behind its headers': ofThree({ behind: Buffer.from([1, 2]) }),
  'attributes of a record': ofThree({ attributes: 0x7f }),
  'offsets that skip one': ofThree({ offsetDelta: varint(5) }),
  'offsets that are the same': ofThree({ offsetDelta: varint(0) }),
  'a negative offset': ofThree({ offsetDelta: varint(-4) }),
  'offsets that do not begin at zero': (codec) =>
    batch({ codec, records: [1, 2, 3].map((index) => record(index)), count: 3, maxTimestamp: TIME + 3 }),
  'a time before the first': ofThree({ timestampDelta: varint(-1000) }),
  'a time after the largest of the header': ofThree({ timestampDelta: varint(1000) }),
  'a header whose largest time is larger': withHeader({ maxTimestamp: TIME + 999 }),
  'a header without a largest time': withHeader({ maxTimestamp: -1 }),
  'a time that is none': ofThree({ timestampDelta: varint(-TIME - 1) }),
  'a time before all time': ofThree({ timestampDelta: varint(-TIME - 100) }),
  'no times at all': (codec) =>
    batch({
      codec,
      records: [0, 1, 2].map((index) => record(index, { timestampDelta: varint(0) })),
      baseTimestamp: -1,
      maxTimestamp: -1,
    }),
  'a key that is null': ofThree({ key: null }),
  'a key length of minus two': ofThree({ keyLength: varint(-2), key: null }),
  'a key longer than its record': ofThree({ keyLength: varint(60) }),
  'a key longer than everything': ofThree({ keyLength: varint(9_000_000) }),
  'a value that is null': ofThree({ value: null }),
  'a value length of minus nine': ofThree({ valueLength: varint(-9), value: null }),
  'a value longer than its record': ofThree({ valueLength: varint(40) }, 1),
  'a value longer than everything': ofThree({ valueLength: varint(2_000_000) }, 2),
  headers: ofThree({ headers: Buffer.concat([varint(2), H, header(Buffer.alloc(0), null)]) }),
  'a negative count of headers': ofThree({ headers: varint(-1) }),
  'more headers than there are': ofThree({ headers: Buffer.concat([varint(2), H]) }),
  'more headers than bytes': ofThree({ headers: varint(5000) }),
  'less headers than there are': ofThree({ headers: Buffer.concat([varint(1), H, H]) }),
  'a header without a key': ofThree({ headers: Buffer.concat([varint(1), header(null, Buffer.from('v'))]) }),
  'a header value length of minus five': ofThree({
    headers: Buffer.concat([varint(1), varint(1), Buffer.from('h'), varint(-5)]),
  }),
  'a header key longer than everything': ofThree({
    headers: Buffer.concat([varint(1), varint(70_000), Buffer.from('h'), varint(-1)]),
  }),
  'a number that does not end': ofThree({ timestampDelta: NO_END }),
  'an offset delta that does not end': ofThree({ offsetDelta: NO_END }),
  'an offset delta of six bytes': ofThree({ offsetDelta: FIVE_BYTES_AND_MORE }),
  'a key length of more bytes than it needs': ofThree({ keyLength: WASTEFUL, key: null }),
  'a time delta beyond 2^53': ofThree({
    timestampDelta: Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]),
  }),
  'the producer says that the cleaner was there': withHeader({ attributes: 0x40 }),
  'attributes nobody knows': withHeader({ attributes: 0x80 }),
  'attributes nobody knows, in the second byte': withHeader({ attributes: 0x100 }),
  'attributes nobody knows, and a wrong largest time': withHeader({ attributes: 0x1c0, maxTimestamp: TIME }),
  "the producer says that the time is the broker's": withHeader({ attributes: 0x08 }),
  "the producer says that the time is the broker's, and there is none": withHeader({
    attributes: 0x08,
    maxTimestamp: -1,
  }),
  'a transactional batch outside a transaction': withHeader({ attributes: 0x10 }),
  'a record without anything': (codec) => batch({ codec, records: [record(0, { key: null, value: null })] }),
};

/** Of one codec, or of none. */
export const COMPRESSED: Readonly<Record<string, Make>> = {
  'what no codec unpacks': withHeader({ body: (bytes) => Buffer.alloc(bytes.length, 0x7e) }),
  'a stream cut off in the middle': withHeader({ body: (bytes) => bytes.subarray(0, bytes.length >> 1) }),
  'a stream without its last byte': withHeader({ body: (bytes) => bytes.subarray(0, -1) }),
  'a stream with nothing in it': withHeader({ body: () => Buffer.alloc(0) }),
  'a stream with bytes behind it': withHeader({
    body: (bytes) => Buffer.concat([bytes, Buffer.from('behind')]),
  }),
  'two streams': withHeader({
    body: (bytes) => Buffer.concat([bytes, bytes]),
    count: 6,
    maxTimestamp: TIME + 2,
  }),
  'one large record of zeros': (codec) =>
    batch({ codec, records: [record(0, { value: Buffer.alloc(3_000_000) })] }),
};

/** Codecs that nobody has. */
export const UNKNOWN_CODECS: Readonly<Record<string, Buffer>> = Object.fromEntries(
  [5, 6, 7].map((codec) => [`codec ${codec}`, batch({ records: three({}), attributes: codec })]),
);
