/**
 * kafka-console-consumer: prints the records of topics, as a member of a consumer group, or of one partition without
 * a group. It runs until stopped, until enough records came, or until none came for a while, and then says how many
 * there were on stderr.
 */
import { randomInt } from 'node:crypto';
import { prepareCompression } from '../records/index.ts';
import { BOOTSTRAP, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { GroupMember, PartitionReader } from './client/index.ts';
import type { ClusterClient, ConsumedRecord } from './client/index.ts';
import { connect, propertiesOf } from './connect.ts';
import { formatterNamed, warningOf } from './formatters.ts';
import type { RecordFormatter } from './record-formatter.ts';
import { topicFilter } from './topic-arguments.ts';

const AUTO_COMMIT_INTERVAL_MS = 5000;
const HEARTBEAT_INTERVAL_MS = 3000;

export const consoleConsumerTool: Tool = {
  name: 'console-consumer',
  summary: 'Prints the records of a topic.',
  options: [
    BOOTSTRAP,
    { name: 'topic', argument: 'topic', doc: 'The topic.' },
    { name: 'include', argument: 'Java regex (String)', doc: 'The topics, by regular expression.' },
    { name: 'whitelist', argument: 'Java regex (String)', doc: 'Older name of --include.' },
    {
      name: 'partition',
      argument: 'partition',
      integer: true,
      doc: 'One partition only, without a group; from its end unless --offset says otherwise.',
    },
    {
      name: 'offset',
      argument: 'consume offset',
      doc: "Where to begin in that partition: a number, 'earliest' or 'latest' (the default).",
    },
    {
      name: 'from-beginning',
      doc: 'Where the group has no committed offset, begin with the earliest record instead of the next one.',
    },
    {
      name: 'group',
      argument: 'consumer group id',
      doc: 'The group; offsets are committed only when one is named.',
    },
    { name: 'max-messages', argument: 'num_messages', integer: true, doc: 'Stop after so many records.' },
    {
      name: 'timeout-ms',
      argument: 'timeout_ms',
      integer: true,
      doc: 'Stop when no record came for so long.',
    },
    {
      name: 'isolation-level',
      argument: 'level',
      doc: 'read_committed leaves out open and aborted transactions (default: read_uncommitted).',
    },
    {
      name: 'property',
      argument: 'prop',
      doc: 'What is printed: print.timestamp, print.key, print.offset, print.partition, print.headers, print.value (true or false), key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer.',
    },
    {
      name: 'formatter',
      argument: 'class',
      doc: 'How records are printed, such as org.apache.kafka.tools.consumer.OffsetsMessageFormatter.',
    },
    { name: 'formatter-config', argument: 'config file', doc: 'A file with properties for it.' },
    {
      name: 'consumer-property',
      argument: 'consumer_prop',
      doc: 'A setting of the consumer, such as fetch.max.wait.ms=100.',
    },
    { name: 'consumer.config', argument: 'config file', doc: 'A file with such settings.' },
    { name: 'key-deserializer', argument: 'class', doc: 'Deserializer of keys.' },
    { name: 'value-deserializer', argument: 'class', doc: 'Deserializer of values.' },
    { name: 'skip-message-on-error', doc: 'Go on after a record that cannot be printed.' },
    { name: 'enable-systest-events', doc: 'Accepted; no events are printed.' },
  ],
  async run(options, io) {
    const settings = propertiesOf(options, 'consumer.config', 'consumer-property');
    checkOptions(options);
    const warning = warningOf(options.value('formatter'));
    if (warning !== undefined) io.err(`${warning}\n`);
    const format = formatterNamed(options.value('formatter'), formatterProperties(options));
    const client = await connect(options, settings);
    await prepareCompression();
    const printer = new Printer(options, io, format);
    let failed = false;
    try {
      const reader = new PartitionReader(client, {
        readCommitted: options.value('isolation-level') === 'read_committed',
        resetTo: resetPolicy(options, settings),
        maxBytes: 52_428_800,
        partitionMaxBytes: 1_048_576,
        maxWaitMs: Number(settings['fetch.max.wait.ms'] ?? 500),
      });
      if (options.has('partition')) await readPartition(client, reader, options, printer);
      else await readAsMember(client, reader, { options, settings, printer });
    } catch (thrown) {
      failed = true;
      io.err(
        `[${logTime()}] ERROR Error processing message, terminating consumer process:  (org.apache.kafka.tools.consumer.ConsoleConsumer)\n${messageOf(thrown)}\n`,
      );
    } finally {
      await client.close();
    }
    io.err(`Processed a total of ${printer.count} messages\n`);
    // As a JVM that a signal ended: scripts tell an interrupted consumer from one that had all it wanted.
    if (io.signal.aborted) return io.signal.reason === 'SIGTERM' ? 143 : 130;
    // The original leaves with 0 when it timed out, and scripts rely on it; other failures are told.
    return failed && !printer.timedOut && io.spelling === 'klassik' ? 1 : 0;
  },
};

function logTime(): string {
  return new Date().toISOString().replace('T', ' ').replace('Z', '').replace('.', ',');
}

function checkOptions(options: ParsedOptions): void {
  const sources = ['topic', 'include', 'whitelist'].filter((name) => options.has(name));
  if (!options.has('bootstrap-server'))
    throw new UsageError('Missing required argument "[bootstrap-server]"');
  if (options.has('partition')) {
    if (!options.has('topic')) throw new UsageError('The topic is required when partition is specified.');
    if (options.has('from-beginning') && options.has('offset'))
      throw new UsageError('Options from-beginning and offset cannot be specified together.');
    if (options.has('group'))
      throw new UsageError('Options group and partition cannot be specified together.');
  } else if (options.has('offset')) {
    throw new UsageError('The partition is required when offset is specified.');
  }
  if (sources.length !== 1)
    throw new UsageError(
      `${sources.length === 0 ? 'One' : 'Exactly one'} of --include/--topic is required. ${sources.length === 0 ? '' : '(--whitelist is DEPRECATED use --include instead; ignored if --include specified)'}`.trim(),
    );
  const level = options.value('isolation-level') ?? 'read_uncommitted';
  if (level !== 'read_committed' && level !== 'read_uncommitted')
    throw new UsageError(
      `Invalid value ${level} for configuration isolation.level: String must be one of: read_committed, read_uncommitted`,
      false,
    );
}

function formatterProperties(options: ParsedOptions): Readonly<Record<string, string>> {
  const own = propertiesOf(options, 'formatter-config', 'property');
  const key = options.value('key-deserializer');
  const value = options.value('value-deserializer');
  return {
    ...own,
    ...(key === undefined ? {} : { 'key.deserializer': key }),
    ...(value === undefined ? {} : { 'value.deserializer': value }),
  };
}

function resetPolicy(
  options: ParsedOptions,
  settings: Readonly<Record<string, string>>,
): 'earliest' | 'latest' {
  if (options.has('from-beginning')) return 'earliest';
  return settings['auto.offset.reset'] === 'earliest' ? 'earliest' : 'latest';
}

/** Prints records until there are enough, or none came for too long. */
class Printer {
  count = 0;
  timedOut = false;
  readonly #io: ToolIo;
  readonly #format: RecordFormatter;
  readonly #max: number;
  readonly #timeoutMs: number;
  readonly #skipErrors: boolean;
  #lastRecordMs = Date.now();

  constructor(options: ParsedOptions, io: ToolIo, format: RecordFormatter) {
    this.#io = io;
    this.#format = format;
    this.#max = options.integer('max-messages') ?? Infinity;
    this.#timeoutMs = options.integer('timeout-ms') ?? Infinity;
    this.#skipErrors = options.has('skip-message-on-error');
  }

  get isDone(): boolean {
    return this.#io.signal.aborted || this.count >= this.#max;
  }

  /** Gives the records that were printed; fewer than there were when that was enough. */
  async print(records: readonly ConsumedRecord[]): Promise<readonly ConsumedRecord[]> {
    if (records.length === 0) {
      this.#checkTimeout();
      return records;
    }
    this.#lastRecordMs = Date.now();
    const wanted = records.slice(0, this.#max - this.count);
    const lines = wanted.map((record) => this.#lineOf(record));
    this.#io.out(Buffer.concat(lines));
    this.count += wanted.length;
    await this.#io.drained();
    return wanted;
  }

  #lineOf(record: ConsumedRecord): Buffer {
    try {
      return this.#format(record);
    } catch (thrown) {
      if (!this.#skipErrors) throw thrown;
      return Buffer.alloc(0);
    }
  }

  #checkTimeout(): void {
    if (Date.now() - this.#lastRecordMs < this.#timeoutMs) return;
    this.timedOut = true;
    throw new Error('org.apache.kafka.common.errors.TimeoutException');
  }
}

async function readPartition(
  client: ClusterClient,
  reader: PartitionReader,
  options: ParsedOptions,
  printer: Printer,
): Promise<void> {
  const topic = options.required('topic');
  const partition = Number(options.required('partition'));
  const from = options.value('offset') ?? (options.has('from-beginning') ? 'earliest' : 'latest');
  if (!/^(earliest|latest|\d+)$/i.test(from)) {
    throw new UsageError(
      `The provided offset value '${from}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
    );
  }
  const start = await startOffset(client, topic, partition, from.toLowerCase());
  await reader.assign([{ topic, partition, offset: start }]);
  while (!printer.isDone) await printer.print(await reader.poll());
}

/** A special point as a number, so that the reader's reset policy plays no part in it. */
async function startOffset(
  client: ClusterClient,
  topic: string,
  partition: number,
  from: string,
): Promise<number | null> {
  if (/^\d+$/.test(from)) return Number(from);
  const finder = new PartitionReader(client, {
    readCommitted: false,
    resetTo: from === 'earliest' ? 'earliest' : 'latest',
    maxBytes: 0,
    partitionMaxBytes: 0,
    maxWaitMs: 0,
  });
  await finder.assign([{ topic, partition, offset: null }]);
  return finder.positions[0]?.offset ?? null;
}

interface Membership {
  readonly options: ParsedOptions;
  readonly settings: Readonly<Record<string, string>>;
  readonly printer: Printer;
}

async function readAsMember(
  client: ClusterClient,
  reader: PartitionReader,
  { options, settings, printer }: Membership,
): Promise<void> {
  const named = options.value('group') ?? settings['group.id'];
  const commits = named !== undefined && settings['enable.auto.commit'] !== 'false';
  const member = new GroupMember(client, {
    groupId: named ?? `console-consumer-${randomInt(100_000)}`,
    groupInstanceId: settings['group.instance.id'] ?? null,
    sessionTimeoutMs: Number(settings['session.timeout.ms'] ?? 45_000),
    rebalanceTimeoutMs: Number(settings['max.poll.interval.ms'] ?? 300_000),
    topics: () => subscribedTopics(client, options),
  });
  /** Offsets after the last record printed, by topic and partition: what a commit stores. */
  const printed = new Map<string, { topic: string; partition: number; offset: number }>();
  const commit = async (): Promise<void> => {
    const positions = [...printed.values()];
    printed.clear();
    if (commits) await member.commit(positions);
  };
  let joined = false;
  let nextHeartbeatMs = 0;
  let nextCommitMs = Date.now() + AUTO_COMMIT_INTERVAL_MS;
  try {
    while (!printer.isDone) {
      if (!joined) {
        await reader.assign(await member.join());
        joined = true;
        nextHeartbeatMs = Date.now() + HEARTBEAT_INTERVAL_MS;
      }
      for (const { topic, partition, offset } of await printer.print(await reader.poll())) {
        printed.set(`${topic}-${partition}`, { topic, partition, offset: offset + 1 });
      }
      if (Date.now() >= nextHeartbeatMs) {
        nextHeartbeatMs = Date.now() + HEARTBEAT_INTERVAL_MS;
        joined = await member.heartbeat();
      }
      if (Date.now() >= nextCommitMs || !joined) {
        nextCommitMs = Date.now() + AUTO_COMMIT_INTERVAL_MS;
        await commit();
      }
    }
  } finally {
    await commit();
    await member.leave();
  }
}

async function subscribedTopics(client: ClusterClient, options: ParsedOptions): Promise<readonly string[]> {
  const topic = options.value('topic');
  if (topic !== undefined) return [topic];
  const allowed = topicFilter(options.value('include') ?? options.value('whitelist') ?? '');
  const { topics } = await client.metadata(null);
  return topics.filter((each) => !each.isInternal && allowed(each.name ?? '')).map((each) => each.name ?? '');
}
