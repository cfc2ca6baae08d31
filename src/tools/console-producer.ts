/**
 * kafka-console-producer: each line of standard input is a record. Batches go out when they are full, when input
 * pauses for a moment, and at the end of input.
 */
import { createInterface } from 'node:readline';
import { KafkaError } from '../protocol/index.ts';
import { COMPRESSION_TYPES, prepareCompression } from '../records/index.ts';
import type { CompressionType, RecordToBuild } from '../records/index.ts';
import { BOOTSTRAP, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { Producer } from './client/index.ts';
import type { ProducerOptions } from './client/index.ts';
import { connect, propertiesOf } from './connect.ts';
import { lineReaderSettings, parseLine } from './line-reader.ts';

export const consoleProducerTool: Tool = {
  name: 'console-producer',
  summary: 'Sends the lines of standard input to a topic.',
  options: [
    BOOTSTRAP,
    { name: 'broker-list', argument: 'broker-list', doc: 'Older name of --bootstrap-server.' },
    { name: 'topic', argument: 'topic', doc: 'REQUIRED: the topic.' },
    {
      name: 'property',
      argument: 'prop',
      doc: 'How lines are read: parse.key=true, key.separator=<text>, parse.headers=true, headers.delimiter=, headers.separator=, headers.key.separator=, null.marker=, ignore.error=true.',
    },
    { name: 'reader-config', argument: 'config file', doc: 'A file with such properties.' },
    {
      name: 'producer-property',
      argument: 'producer_prop',
      doc: 'A setting of the producer, such as acks=1.',
    },
    { name: 'producer.config', argument: 'config file', doc: 'A file with such settings.' },
    {
      name: 'request-required-acks',
      argument: 'request required acks',
      doc: 'Replicas that must have a record before it counts as sent: 0, 1, or all (-1), the default.',
    },
    {
      name: 'compression-codec',
      argument: 'compression-codec',
      optionalArgument: true,
      doc: 'none, gzip, snappy, lz4 or zstd; gzip if no name follows.',
    },
    { name: 'sync', doc: 'Wait for each record before reading the next line.' },
    { name: 'batch-size', argument: 'size', integer: true, doc: 'Bytes of a full batch (default 16384).' },
    {
      name: 'timeout',
      argument: 'timeout_ms',
      integer: true,
      doc: 'How long a record may wait for others (default 1000).',
    },
    {
      name: 'message-send-max-retries',
      argument: 'count',
      integer: true,
      doc: 'How often a failed batch is sent again (default 3).',
    },
    { name: 'retry-backoff-ms', argument: 'ms', integer: true, doc: 'Pause before it is (default 100).' },
    {
      name: 'request-timeout-ms',
      argument: 'ms',
      integer: true,
      doc: 'How long brokers may wait for replicas (default 1500).',
    },
    {
      name: 'max-block-ms',
      argument: 'ms',
      integer: true,
      doc: 'How long to wait for the topic (default 60000).',
    },
    {
      name: 'max-memory-bytes',
      argument: 'bytes',
      integer: true,
      doc: 'Accepted; input is read only as fast as it is sent.',
    },
    {
      name: 'max-partition-memory-bytes',
      argument: 'bytes',
      integer: true,
      doc: 'Older name of --batch-size.',
    },
    {
      name: 'metadata-expiry-ms',
      argument: 'ms',
      integer: true,
      doc: 'Accepted; metadata is asked for again after an error.',
    },
    { name: 'socket-buffer-size', argument: 'size', integer: true, doc: 'Accepted; the system chooses.' },
    { name: 'line-reader', argument: 'reader_class', doc: 'Accepted for the built-in reader only.' },
  ],
  async run(options, io) {
    const topic = options.required('topic');
    const client = await connect(options, propertiesOf(options, 'producer.config', 'producer-property'));
    await prepareCompression();
    let failures = 0;
    try {
      const producer = new Producer(client, topic, {
        ...producerOptions(options),
        onError: (name, record, error) => {
          failures += 1;
          io.err(
            `ERROR Error when sending message to topic ${name} with ${sizes(record)} with error: ${messageOf(error)}\n`,
          );
        },
      });
      await pump(producer, options, io);
      return failures === 0 ? 0 : 1;
    } finally {
      await client.close();
    }
  },
};

function sizes({ key, value }: RecordToBuild): string {
  const size = (bytes: Buffer | null | undefined): string =>
    bytes == null ? 'null' : `${bytes.length} bytes`;
  return `key: ${size(key)}, value: ${size(value)}`;
}

/** What may gather while a request is under way; a batch must stay well below message.max.bytes. */
const OPEN_BYTES_MAX = 512 * 1024;

/** Reads lines as long as there are any. Reading waits for sending, so memory stays bounded. */
async function pump(producer: Producer, options: ParsedOptions, io: ToolIo): Promise<void> {
  const settings = lineReaderSettings(propertiesOf(options, 'reader-config', 'property'));
  const lingerMs = options.integer('timeout') ?? 1000;
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const prompt = (): void => {
    if (interactive) io.out('>');
  };
  // One flush at a time, so that order is kept; while it is under way the next batches grow.
  let turn: Promise<void> = Promise.resolve();
  const state = { sending: false };
  const flush = (): Promise<void> => {
    state.sending = true;
    turn = turn.then(() => producer.flush()).finally(() => (state.sending = false));
    turn.catch(() => undefined); // Whoever awaits a later turn meets the failure.
    return turn;
  };
  let pending = false;
  const timer = setInterval(() => {
    if (!pending) return;
    pending = false;
    void flush();
  }, lingerMs);
  let lineNumber = 0;
  try {
    prompt();
    for await (const line of createInterface({ input: io.stdin, crlfDelay: Infinity })) {
      lineNumber += 1;
      const record = { ...parseLine(line, lineNumber, settings), timestamp: Date.now() };
      const full = await producer.add(record);
      pending = true;
      if (options.has('sync')) await flush();
      else if (full && !state.sending) void flush();
      else if (state.sending && producer.openBytes >= OPEN_BYTES_MAX) await turn;
      prompt();
    }
  } finally {
    clearInterval(timer);
    await flush();
  }
}

type SendingOptions = Omit<ProducerOptions, 'onError'>;

function producerOptions(options: ParsedOptions): SendingOptions {
  const settings = propertiesOf(options, 'producer.config', 'producer-property');
  const acks = options.value('request-required-acks') ?? settings['acks'] ?? '-1';
  return {
    acks: parseAcks(acks),
    compression: compressionOf(options, settings['compression.type']),
    batchBytes:
      options.integer('batch-size') ??
      options.integer('max-partition-memory-bytes') ??
      Number(settings['batch.size'] ?? 16384),
    retries: options.integer('message-send-max-retries') ?? Number(settings['retries'] ?? 3),
    retryBackoffMs: options.integer('retry-backoff-ms') ?? 100,
    requestTimeoutMs: options.integer('request-timeout-ms') ?? 1500,
    maxBlockMs: options.integer('max-block-ms') ?? 60_000,
    idempotent: settings['enable.idempotence'] !== 'false',
  };
}

function parseAcks(text: string): -1 | 0 | 1 {
  if (text === 'all' || text === '-1') return -1;
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new UsageError(
    `Invalid value ${text} for configuration acks: String must be one of: all, -1, 0, 1`,
    false,
  );
}

function compressionOf(options: ParsedOptions, setting: string | undefined): CompressionType {
  const given = options.has('compression-codec') ? (options.value('compression-codec') ?? 'gzip') : setting;
  const name = given === undefined || given === '' ? 'none' : given;
  const type = COMPRESSION_TYPES.find((each) => each === name);
  if (type === undefined)
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `Unknown compression name: ${name}`);
  return type;
}
