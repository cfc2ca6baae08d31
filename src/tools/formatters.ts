/** The formatters of kafka-console-consumer by their Java class names, the deprecated ones included. */
import { KafkaError } from '../protocol/index.ts';
import { decodeOffsets } from './dump-log/decoders/groups.ts';
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

export function formatterNamed(
  className: string | undefined,
  properties: Readonly<Record<string, string>>,
): RecordFormatter {
  const simpleName = (className ?? 'DefaultMessageFormatter').replace(/^.*[.$]/, '');
  const make = FORMATTERS[simpleName];
  if (make === undefined) {
    throw new KafkaError(
      'INVALID_REQUEST',
      `Class ${className ?? ''} cannot be loaded: only Kafka's own formatters are built in`,
    );
  }
  return make(properties);
}
