/**
 * How kafka-console-consumer writes a record: timestamp, partition, offset, headers, key and value in this order, as
 * many as asked for, with tabs between and a line end after.
 */
import { KafkaError } from '../protocol/index.ts';
import type { ConsumedRecord } from './client/index.ts';

/** The bytes to print for a record. */
export type RecordFormatter = (record: ConsumedRecord) => Buffer;
type Deserializer = (bytes: Buffer) => Buffer;

const SERIALIZERS = 'org.apache.kafka.common.serialization.';

/** Java's deserializers by class name; without one the bytes are printed as they are. */
const DESERIALIZERS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  StringDeserializer: (bytes) => bytes.toString('utf8'),
  LongDeserializer: (bytes) => String(bytes.readBigInt64BE()),
  IntegerDeserializer: (bytes) => String(bytes.readInt32BE()),
  ShortDeserializer: (bytes) => String(bytes.readInt16BE()),
  DoubleDeserializer: (bytes) => String(bytes.readDoubleBE()),
  FloatDeserializer: (bytes) => String(bytes.readFloatBE()),
  BooleanDeserializer: (bytes) => String(bytes[0] === 1),
  UUIDDeserializer: (bytes) => bytes.toString('utf8'),
};

function deserializer(className: string | undefined): Deserializer {
  if (className === undefined || className === '' || className.endsWith('ByteArrayDeserializer'))
    return (bytes) => bytes;
  const known = DESERIALIZERS[className.replace(SERIALIZERS, '')];
  if (known === undefined)
    throw new KafkaError(
      'INVALID_CONFIG',
      `Class ${className} cannot be loaded: only Kafka's own deserializers are built in`,
    );
  return (bytes) => Buffer.from(known(bytes), 'utf8');
}

export function defaultFormatter(properties: Readonly<Record<string, string>>): RecordFormatter {
  const shows = (part: string, byDefault = false): boolean =>
    (properties[`print.${part}`] ?? String(byDefault)).trim().toLowerCase() === 'true';
  const text = (key: string, byDefault: string): Buffer => Buffer.from(properties[key] ?? byDefault, 'utf8');
  const separator = text('key.separator', '\t');
  const lineSeparator = text('line.separator', '\n');
  const headersSeparator = text('headers.separator', ',');
  const nullLiteral = text('null.literal', 'null');
  const read = (part: string): ((bytes: Buffer | null) => Buffer) => {
    const decode = deserializer(properties[`${part}.deserializer`]);
    return (bytes) => (bytes === null ? nullLiteral : decode(bytes));
  };
  const key = read('key');
  const value = read('value');
  const headerValue = read('headers');
  const headers = (record: ConsumedRecord): Buffer =>
    record.headers.length === 0
      ? Buffer.from('NO_HEADERS')
      : joined(
          record.headers.map((each) => Buffer.concat([Buffer.from(`${each.key}:`), headerValue(each.value)])),
          headersSeparator,
        );
  const columns: readonly (readonly [shown: boolean, (record: ConsumedRecord) => Buffer])[] = [
    [shows('timestamp'), (record) => Buffer.from(timestampText(record))],
    [shows('partition'), (record) => Buffer.from(`Partition:${record.partition}`)],
    [shows('offset'), (record) => Buffer.from(`Offset:${record.offset}`)],
    [shows('headers'), headers],
    [shows('key'), (record) => key(record.key)],
    [shows('value', true), (record) => value(record.value)],
  ];
  const shown = columns.filter(([isShown]) => isShown).map(([, column]) => column);
  return (record) =>
    Buffer.concat([
      joined(
        shown.map((column) => column(record)),
        separator,
      ),
      lineSeparator,
    ]);
}

export function timestampText({ timestamp, timestampType }: ConsumedRecord): string {
  return timestamp < 0 ? 'NO_TIMESTAMP' : `${timestampType}:${timestamp}`;
}

function joined(parts: readonly Buffer[], separator: Buffer): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));
}
