/**
 * kafka-transactions (KIP-664): what coordinators say of transactions, what the logs of partitions say of producers, and
 * how a transaction is ended that hangs: one that is open in a partition although its coordinator knows nothing of it.
 */
import {
  inJavaHashOrder,
  javaHashCodeOfLong,
  topicPartitionHashCode,
  topicPartitionName,
} from '../common/index.ts';
import type { TopicPartition } from '../common/index.ts';
import {
  COMMAND_CONFIG,
  messageOf,
  UsageError,
  type ParsedOptions,
  type Tool,
  type ToolIo,
} from './cli/index.ts';
import type { ClusterClient } from './client/cluster-client.ts';
import {
  abortSpec,
  abortTransaction,
  describeProducers,
  describeTransaction,
  listTransactions,
  partitionsToSearch,
  throwIfNotDescribed,
  type AbortTransaction,
  type ActiveProducer,
  type DescribedProducers,
} from './client/transactions.ts';
import { connect } from './connect.ts';
import { commandOf } from './sub-commands.ts';

const COMMANDS = ['list', 'describe', 'describe-producers', 'abort', 'find-hanging'] as const;
const DEFAULT_MAX_TIMEOUT_MINUTES = 15;
const MINUTE_MS = 60_000;
/** A broker is not asked about more of them in one request. */
const MAX_PARTITIONS_AT_ONCE = 500;

const PRODUCER_HEADERS = [
  'ProducerId',
  'ProducerEpoch',
  'LatestCoordinatorEpoch',
  'LastSequence',
  'LastTimestamp',
  'CurrentTransactionStartOffset',
];
const TRANSACTION_HEADERS = [
  'CoordinatorId',
  'TransactionalId',
  'ProducerId',
  'ProducerEpoch',
  'TransactionState',
  'TransactionTimeoutMs',
  'CurrentTransactionStartTimeMs',
  'TransactionDurationMs',
  'TopicPartitions',
];
const LIST_HEADERS = ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'];
const HANGING_HEADERS = [
  'Topic',
  'Partition',
  'ProducerId',
  'ProducerEpoch',
  'CoordinatorEpoch',
  'StartOffset',
  'LastTimestamp',
  'Duration(min)',
];

export const transactionsTool: Tool = {
  name: 'transactions',
  summary:
    'This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect and recover from hanging transactions.',
  positional: COMMANDS.join(', '),
  argparse: true,
  options: [
    {
      name: 'bootstrap-server',
      argument: 'host:port',
      doc: 'REQUIRED: brokers to begin with, as host:port,host:port.',
    },
    COMMAND_CONFIG,
    { name: 'transactional-id', argument: 'id', doc: 'describe: the transactional id.' },
    { name: 'duration-filter', argument: 'ms', doc: 'list: only transactions that run longer than this.' },
    { name: 'topic', argument: 'topic', doc: 'The topic of the partition; find-hanging: where to search.' },
    { name: 'partition', argument: 'number', doc: 'The number of the partition.' },
    { name: 'broker-id', argument: 'id', doc: 'Which replica to ask instead of the leader.' },
    { name: 'start-offset', argument: 'offset', doc: 'abort: where the transaction begins.' },
    { name: 'producer-id', argument: 'id', doc: 'abort: whose transaction, at brokers before 3.0.' },
    { name: 'producer-epoch', argument: 'epoch', doc: 'abort: with --producer-id.' },
    { name: 'coordinator-epoch', argument: 'epoch', doc: 'abort: with --producer-id.' },
    {
      name: 'max-transaction-timeout',
      argument: 'minutes',
      doc: `find-hanging: what no transaction lasts longer than (default: ${DEFAULT_MAX_TIMEOUT_MINUTES}).`,
    },
  ],
  async run(options, io) {
    const more = options.positional.slice(1);
    if (more.length > 0) throw new UsageError(`unrecognized arguments: '${more.join(' ')}'`);
    const command = commandOf(options, COMMANDS);
    checkOptions(command, options);
    const client = await connect(options);
    try {
      switch (command) {
        case 'list':
          return await list(client, io, options);
        case 'describe':
          return await describe(client, io, options.value('transactional-id')!);
        case 'describe-producers':
          return await tellProducers(client, io, options);
        case 'abort':
          return await abort(client, options);
        case 'find-hanging':
          return await findHanging(client, io, options);
      }
    } finally {
      await client.close();
    }
  },
};

/** Which options belong to which command; those in the second list it cannot do without. */
const OPTIONS: Readonly<Record<(typeof COMMANDS)[number], readonly [string[], string[]]>> = {
  list: [['duration-filter'], []],
  describe: [[], ['transactional-id']],
  'describe-producers': [['broker-id'], ['partition', 'topic']],
  abort: [
    ['start-offset', 'producer-id', 'producer-epoch', 'coordinator-epoch'],
    ['partition', 'topic'],
  ],
  'find-hanging': [['broker-id', 'max-transaction-timeout', 'topic', 'partition'], []],
};
const TYPES = {
  'duration-filter': 'Long',
  partition: 'Integer',
  'broker-id': 'Integer',
  'start-offset': 'Long',
  'producer-id': 'Long',
  'producer-epoch': 'Short',
  'coordinator-epoch': 'Integer',
  'max-transaction-timeout': 'Integer',
} as const;
const COMMON = ['bootstrap-server', 'command-config'];

function checkOptions(command: (typeof COMMANDS)[number], options: ParsedOptions): void {
  const [optional, required] = OPTIONS[command];
  for (const { name } of transactionsTool.options) {
    if (!options.has(name)) continue;
    if (![...COMMON, ...optional, ...required].includes(name))
      throw new UsageError(`unrecognized arguments: '--${name}'`);
    if (name in TYPES) integer(options, name as keyof typeof TYPES);
  }
  for (const name of [...required, 'bootstrap-server'])
    if (!options.has(name)) throw new UsageError(`argument --${name} is required`);
}

async function list(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const durationMs = integer(options, 'duration-filter') ?? -1;
  const listed = await orFailure('Failed to list transactions', listTransactions(client, { durationMs }));
  printTable(
    io,
    LIST_HEADERS,
    listed.map(({ transactionalId, coordinatorId, producerId, transactionState }) => [
      transactionalId,
      String(coordinatorId),
      String(producerId),
      transactionState,
    ]),
  );
  return 0;
}

async function describe(client: ClusterClient, io: ToolIo, transactionalId: string): Promise<number> {
  const found = await orFailure(
    `Failed to describe transaction state of transactional-id \`${transactionalId}\``,
    describeTransaction(client, transactionalId).then((described) => {
      throwIfNotDescribed(described);
      return described;
    }),
  );
  const { transactionStartTimeMs: startMs, topics } = found;
  const partitions = topics.flatMap(({ topic, partitions: ids }) =>
    ids.map((partition) => ({ topic, partition })),
  );
  printTable(io, TRANSACTION_HEADERS, [
    [
      String(found.coordinatorId),
      transactionalId,
      String(found.producerId),
      String(found.producerEpoch),
      found.transactionState,
      String(found.transactionTimeoutMs),
      startMs < 0 ? 'None' : String(startMs),
      startMs < 0 ? 'None' : String(Date.now() - startMs),
      inJavaHashOrder(partitions, topicPartitionHashCode).map(topicPartitionName).join(','),
    ],
  ]);
  return 0;
}

async function tellProducers(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const partition = partitionOf(options);
  const brokerId = integer(options, 'broker-id');
  const whom = brokerId === undefined ? 'leader' : `broker ${brokerId}`;
  const [found] = await orFailure(
    `Failed to describe producers for partition ${topicPartitionName(partition)} on ${whom}`,
    describeProducers(client, [partition], brokerId),
  );
  printTable(
    io,
    PRODUCER_HEADERS,
    found!.activeProducers.map((producer) => [
      String(producer.producerId),
      String(producer.producerEpoch),
      String(Math.max(-1, producer.coordinatorEpoch)),
      String(producer.lastSequence),
      String(producer.lastTimestamp),
      producer.currentTxnStartOffset < 0 ? 'None' : String(producer.currentTxnStartOffset),
    ]),
  );
  return 0;
}

async function abort(client: ClusterClient, options: ParsedOptions): Promise<number> {
  const aborted = await transactionToAbort(client, partitionOf(options), options);
  await orFailure(`Failed to abort transaction ${abortSpec(aborted)}`, abortTransaction(client, aborted));
  return 0;
}

/** A coordinator that wrote nothing yet counts as epoch 0. */
async function transactionToAbort(
  client: ClusterClient,
  partition: TopicPartition,
  options: ParsedOptions,
): Promise<AbortTransaction> {
  const startOffset = integer(options, 'start-offset');
  const producerId = integer(options, 'producer-id');
  const producerEpoch = integer(options, 'producer-epoch');
  const coordinatorEpoch = integer(options, 'coordinator-epoch');
  if (startOffset === undefined) {
    if (producerId === undefined)
      throw new Error(
        'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
      );
    if (producerEpoch === undefined) throw new Error('Missing required argument --producer-epoch');
    if (coordinatorEpoch === undefined) throw new Error('Missing required argument --coordinator-epoch');
    return { partition, producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) };
  }
  const name = topicPartitionName(partition);
  const [described] = await orFailure(
    `Failed to validate producer state for partition ${name}`,
    describeProducers(client, [partition]),
  );
  const found = described!.activeProducers.find(
    ({ currentTxnStartOffset }) => currentTxnStartOffset === startOffset,
  );
  if (found === undefined)
    throw new Error(
      `Could not find any open transactions starting at offset ${startOffset} on partition ${name}`,
    );
  return { partition, ...found, coordinatorEpoch: Math.max(0, found.coordinatorEpoch) };
}

interface OpenTransaction extends TopicPartition {
  readonly producer: ActiveProducer;
}

async function findHanging(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const topic = options.value('topic');
  const brokerId = integer(options, 'broker-id');
  const partition = integer(options, 'partition');
  if (topic === undefined && brokerId === undefined)
    throw new Error(
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
    );
  if (partition !== undefined && topic === undefined)
    throw new Error('The --partition argument requires --topic to be provided');
  const minutes = integer(options, 'max-transaction-timeout') ?? DEFAULT_MAX_TIMEOUT_MINUTES;
  const searched = await orFailure(
    `Failed to describe ${topic === undefined ? 'all' : 1} topics`,
    partitionsToSearch(client, { topic, partition, brokerId }),
  );
  const whom = brokerId === undefined ? 'Optional.empty' : `Optional[${brokerId}]`;
  const open: OpenTransaction[] = [];
  for (let from = 0; from < searched.length; from += MAX_PARTITIONS_AT_ONCE) {
    const some = searched.slice(from, from + MAX_PARTITIONS_AT_ONCE);
    const described = await orFailure(
      `Failed to describe producers for ${some.length} partitions on broker ${whom}`,
      describeProducers(client, some, brokerId),
    );
    open.push(...openTooLong(described, minutes * MINUTE_MS));
  }
  const hanging = open.length === 0 ? [] : await withoutCoordinator(client, open);
  const nowMs = Date.now();
  printTable(
    io,
    HANGING_HEADERS,
    hanging.map((found) => hangingRow(found, nowMs)),
  );
  return 0;
}

/** In the order of the original's map of partitions. */
function openTooLong(described: readonly DescribedProducers[], maxMs: number): OpenTransaction[] {
  const nowMs = Date.now();
  return inJavaHashOrder(
    described,
    ({ partition }) => topicPartitionHashCode(partition),
    described.length,
  ).flatMap(({ partition, activeProducers }) =>
    activeProducers
      .filter((producer) => producer.currentTxnStartOffset >= 0 && nowMs - producer.lastTimestamp > maxMs)
      .map((producer) => ({ ...partition, producer })),
  );
}

/** Those that no coordinator will ever write a marker for, by producer. */
async function withoutCoordinator(
  client: ClusterClient,
  open: readonly OpenTransaction[],
): Promise<OpenTransaction[]> {
  const producerIds = inJavaHashOrder(
    [...new Set(open.map(({ producer }) => producer.producerId))],
    javaHashCodeOfLong,
  );
  const expected = new Map<number, Set<string>>();
  for (const { producerId, transactionalId } of await listTransactions(client, { producerIds })) {
    const { errorCode, topics } = await describeTransaction(client, transactionalId);
    if (errorCode !== 0) continue;
    const names = topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => topicPartitionName({ topic, partition })),
    );
    expected.set(producerId, new Set(names));
  }
  return producerIds.flatMap((producerId) =>
    open.filter(
      ({ producer, ...partition }) =>
        producer.producerId === producerId &&
        expected.get(producerId)?.has(topicPartitionName(partition)) !== true,
    ),
  );
}

function hangingRow({ topic, partition, producer }: OpenTransaction, nowMs: number): string[] {
  return [
    topic,
    String(partition),
    String(producer.producerId),
    String(producer.producerEpoch),
    String(Math.max(-1, producer.coordinatorEpoch)),
    String(producer.currentTxnStartOffset),
    String(producer.lastTimestamp),
    String(Math.trunc((nowMs - producer.lastTimestamp) / MINUTE_MS)),
  ];
}

function partitionOf(options: ParsedOptions): TopicPartition {
  return { topic: options.value('topic')!, partition: integer(options, 'partition')! };
}

/** Java's names for how large a number may be. */
const RANGES = { Short: 0x7fff, Integer: 0x7fff_ffff, Long: Number.MAX_SAFE_INTEGER };

function integer(options: ParsedOptions, name: keyof typeof TYPES): number | undefined {
  const text = options.value(name);
  const type = TYPES[name];
  if (text === undefined) return undefined;
  const refuse = (why: string): UsageError =>
    new UsageError(`argument --${name}: could not convert '${text}' to ${type} (${why})`);
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw refuse(`For input string: "${text}"`);
  if (value >= -RANGES[type] - 1 && value <= RANGES[type]) return value;
  throw refuse(
    type === 'Short' ? `Value out of range. Value:"${text}" Radix:10` : `For input string: "${text}"`,
  );
}

/** As the original prints tables: every cell padded to its column, and a tab behind it. */
function printTable(io: ToolIo, headers: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headers.map((header, at) => Math.max(header.length, ...rows.map((row) => row[at]!.length)));
  for (const row of [headers, ...rows])
    io.out(`${row.map((cell, at) => `${cell.padEnd(widths[at]!)}\t`).join('')}\n`);
}

async function orFailure<T>(what: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (thrown) {
    throw new Error(`${what}: ${messageOf(thrown)}. Enable debug logging for additional detail.`, {
      cause: thrown,
    });
  }
}
