/** The formatters of kafka-console-consumer by their Java class names, the deprecated ones included. */
import { KafkaError, TransactionLogKey, TransactionLogValue } from '../protocol/index.ts';
import { decodeOffsets } from './dump-log/decoders/groups.ts';
import { transactionalIdIn, transactionMetadataText } from './dump-log/decoders/transactions.ts';
import { ByteBuffer } from './dump-log/java/byte-buffer.ts';
import { jsonText, type Json } from './dump-log/java/json.ts';
import { readMessage } from './dump-log/java/message.ts';
import { shapeOf, type MessageShape } from './dump-log/java/message-shape.ts';
import { defaultFormatter, timestampText } from './record-formatter.ts';
import type { RecordFormatter } from './record-formatter.ts';

type MakeFormatter = (properties: Readonly<Record<string, string>>) => RecordFormatter;

const FORMATTERS: Readonly<Record<string, MakeFormatter>> = {
  DefaultMessageFormatter: defaultFormatter,
  LoggingMessageFormatter: (properties) => {
    const print = defaultFormatter(properties);
    return (record) =>
      Buffer.concat([
        Buffer.from(
          `${timestampText(record)}, key:${record.key?.toString('utf8') ?? 'null'}, value:${record.value?.toString('utf8') ?? 'null'}\n`,
        ),
        print(record),
      ]);
  },
  OffsetsMessageFormatter: () => internalFormatter((key) => key.type !== '2'),
  GroupMetadataMessageFormatter: () => internalFormatter((key) => key.type === '2'),
  TransactionLogMessageFormatter: () => transactionLogFormatter,
  TransactionLog$TransactionLogMessageFormatter: () => transactionMetadataFormatter,
  NoOpMessageFormatter: () => () => Buffer.alloc(0),
};

interface Typed {
  readonly type?: string;
  readonly version?: string;
  readonly data: unknown;
}

/**
 * Records of __consumer_offsets as JSON, one per line (the original in 3.9 puts no line end between them). Key and
 * value each say their version.
 */
function internalFormatter(wanted: (key: Typed) => boolean): RecordFormatter {
  return (record) => {
    if (record.key === null) return Buffer.alloc(0);
    const asked = { offset: BigInt(record.offset), key: record.key, value: record.value };
    const { key, payload } = decodeOffsets(asked, 'base64');
    if (key?.startsWith('{') !== true) return Buffer.alloc(0);
    const typed = JSON.parse(key) as Typed;
    if (!wanted(typed)) return Buffer.alloc(0);
    const value = payload?.startsWith('{') === true ? versioned(JSON.parse(payload) as Typed) : null;
    return Buffer.from(`${JSON.stringify({ key: versioned(typed), value })}\n`);
  };
}

function versioned({ type, version, data }: Typed): unknown {
  return { version: Number(type ?? version), data };
}

const TRANSACTION_KEY = shapeOf(TransactionLogKey);
const TRANSACTION_VALUE = shapeOf(TransactionLogValue);

/** Records of __transaction_state, likewise. What is of a version that nobody knows is said to be unknown. */
function transactionLogFormatter({ key, value }: Parameters<RecordFormatter>[0]): Buffer {
  const json = new Map([
    ['key', transactionJson(TRANSACTION_KEY, key)],
    ['value', transactionJson(TRANSACTION_VALUE, value)],
  ]);
  return Buffer.from(`${jsonText(json)}\n`);
}

/** By its older name, the formatter prints what a coordinator would know of the transaction. */
function transactionMetadataFormatter({ key, value }: Parameters<RecordFormatter>[0]): Buffer {
  const known = key === null ? undefined : transactionalIdIn(key);
  if (known === undefined) return Buffer.alloc(0);
  return Buffer.from(`${known}::${value === null ? 'NULL' : transactionMetadataText(known, value)}\n`);
}

function transactionJson(shape: MessageShape, bytes: Buffer | null): Json {
  if (bytes === null) return null;
  const buffer = new ByteBuffer(bytes);
  const version = buffer.short();
  const { from, to } = shape.versions;
  const data = version < from || version > to ? 'unknown' : readMessage(shape, version, buffer);
  return new Map<string, Json>([
    ['version', version],
    ['data', data],
  ]);
}

/** What they were called before: the original still knows them, and warns. */
const OLDER_NAMES: ReadonlySet<string> = new Set([
  'kafka.tools.DefaultMessageFormatter',
  'kafka.tools.LoggingMessageFormatter',
  'kafka.tools.NoOpMessageFormatter',
  'kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter',
  'kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter',
  'kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter',
]);

const simpleNameOf = (className: string): string => className.replace(/^.*[.$]/, '');

export function warningOf(className: string | undefined): string | undefined {
  if (className === undefined || !OLDER_NAMES.has(className)) return undefined;
  const now = `org.apache.kafka.tools.consumer.${simpleNameOf(className)}`;
  return `WARNING: ${className} is deprecated and will be removed in the next major release. Please use ${now} instead`;
}

export function formatterNamed(
  className: string | undefined,
  properties: Readonly<Record<string, string>>,
): RecordFormatter {
  const name = className ?? 'DefaultMessageFormatter';
  const make = FORMATTERS[name.replace(/^.*\./, '')] ?? FORMATTERS[simpleNameOf(name)];
  if (make === undefined) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Class ${name} cannot be loaded: only Kafka's own formatters are built in`,
    );
  }
  return make(properties);
}
