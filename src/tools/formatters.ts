/** The formatters of kafka-console-consumer by their Java class names, the deprecated ones included. */
import { KafkaError } from '../protocol/index.ts';
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
  NoOpMessageFormatter: () => () => Buffer.alloc(0),
};

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
