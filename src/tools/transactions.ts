/**
 * kafka-transactions (KIP-664): what coordinators say of transactions, what the logs of partitions say of producers, and
 * how a transaction is ended that hangs: one that is open in a partition although its coordinator knows nothing of it.
 */
import { inJavaHashOrder, topicPartitionHashCode, topicPartitionName } from '../common/index.ts';
import type { TopicPartition } from '../common/index.ts';
import { errorNameOf, errors } from '../protocol/index.ts';
import { COMMAND_CONFIG, UsageError, type ParsedOptions, type Tool, type ToolIo } from './cli/index.ts';
import type { ClusterClient } from './client/cluster-client.ts';
import {
  abortTransaction,
  describeProducers,
  describeTransaction,
  listTransactions,
  partitionsToSearch,
  type ActiveProducer,
} from './client/transactions.ts';
import { connect } from './connect.ts';
import { commandOf } from './sub-commands.ts';

const COMMANDS = ['list', 'describe', 'describe-producers', 'abort', 'find-hanging'] as const;
const DEFAULT_MAX_TIMEOUT_MINUTES = 15;
const MINUTE_MS = 60_000;

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
    const command = commandOf(options, COMMANDS);
    options.required('bootstrap-server');
    const client = await connect(options);
    try {
      switch (command) {
        case 'list':
          return await list(client, io, options);
        case 'describe':
          return await describe(client, io, options.required('transactional-id'));
        case 'describe-producers':
          return await tellProducers(client, io, options);
        case 'abort':
          return await abort(client, io, options);
        case 'find-hanging':
          return await findHanging(client, io, options);
      }
    } finally {
      await client.close();
    }
  },
};

async function list(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const listed = await listTransactions(client, { durationMs: integer(options, 'duration-filter') ?? -1 });
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
  const found = await describeTransaction(client, transactionalId);
  if (found.errorCode !== 0)
    return failed(
      io,
      `Failed to describe transaction state of transactional-id \`${transactionalId}\``,
      messageFor(found.errorCode),
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
  const { errorCode, activeProducers } = await describeProducers(client, partition, brokerId);
  if (errorCode !== 0) {
    const whom = brokerId === undefined ? 'leader' : `broker ${brokerId}`;
    const what = `Failed to describe producers for partition ${topicPartitionName(partition)} on ${whom}`;
    return failed(io, what, messageFor(errorCode));
  }
  printTable(
    io,
    PRODUCER_HEADERS,
    activeProducers.map((producer) => [
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

async function abort(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const partition = partitionOf(options);
  const producer = await producerToAbort(client, partition, options);
  if (typeof producer === 'string') {
    io.err(`${producer}\n`);
    return 1;
  }
  const errorCode = await abortTransaction(client, partition, producer);
  if (errorCode === 0) return 0;
  const spec =
    `AbortTransactionSpec(topicPartition=${topicPartitionName(partition)}, producerId=${producer.producerId}, ` +
    `producerEpoch=${producer.producerEpoch}, coordinatorEpoch=${producer.coordinatorEpoch})`;
  return failed(io, `Failed to abort transaction ${spec}`, messageFor(errorCode));
}

type ProducerToAbort = Pick<ActiveProducer, 'producerId' | 'producerEpoch' | 'coordinatorEpoch'>;

/** Whose transaction it is, or why nobody can tell. A coordinator that wrote nothing yet counts as epoch 0. */
async function producerToAbort(
  client: ClusterClient,
  partition: TopicPartition,
  options: ParsedOptions,
): Promise<ProducerToAbort | string> {
  const startOffset = integer(options, 'start-offset');
  const producerId = integer(options, 'producer-id');
  if (startOffset === undefined) {
    if (producerId === undefined)
      return 'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)';
    const producerEpoch = integer(options, 'producer-epoch');
    if (producerEpoch === undefined) return 'Missing required argument --producer-epoch';
    const coordinatorEpoch = integer(options, 'coordinator-epoch');
    if (coordinatorEpoch === undefined) return 'Missing required argument --coordinator-epoch';
    return { producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) };
  }
  const name = topicPartitionName(partition);
  const { errorCode, activeProducers } = await describeProducers(client, partition);
  if (errorCode !== 0)
    return sentence(`Failed to validate producer state for partition ${name}`, messageFor(errorCode));
  const found = activeProducers.find(({ currentTxnStartOffset }) => currentTxnStartOffset === startOffset);
  if (found === undefined)
    return `Could not find any open transactions starting at offset ${startOffset} on partition ${name}`;
  return { ...found, coordinatorEpoch: Math.max(0, found.coordinatorEpoch) };
}

interface OpenTransaction extends TopicPartition {
  readonly producer: ActiveProducer;
}

async function findHanging(client: ClusterClient, io: ToolIo, options: ParsedOptions): Promise<number> {
  const topic = options.value('topic');
  const brokerId = integer(options, 'broker-id');
  const partition = integer(options, 'partition');
  const refuse = (why: string): number => {
    io.err(`${why}\n`);
    return 1;
  };
  if (partition !== undefined && topic === undefined && brokerId !== undefined)
    return refuse('The --partition argument requires --topic to be provided');
  if (topic === undefined && brokerId === undefined)
    return refuse(
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
    );
  const minutes = integer(options, 'max-transaction-timeout') ?? DEFAULT_MAX_TIMEOUT_MINUTES;
  const nowMs = Date.now();
  const open: OpenTransaction[] = [];
  for (const searched of await partitionsToSearch(client, { topic, partition, brokerId })) {
    const { errorCode, activeProducers } = await describeProducers(client, searched, brokerId);
    if (errorCode !== 0)
      return failed(
        io,
        `Failed to describe producers for partition ${topicPartitionName(searched)}`,
        messageFor(errorCode),
      );
    for (const producer of activeProducers)
      if (producer.currentTxnStartOffset >= 0 && nowMs - producer.lastTimestamp > minutes * MINUTE_MS)
        open.push({ ...searched, producer });
  }
  const hanging = open.length === 0 ? [] : await withoutCoordinator(client, open);
  printTable(
    io,
    HANGING_HEADERS,
    hanging.map((found) => hangingRow(found, nowMs)),
  );
  return 0;
}

/** Those that no coordinator will ever write a marker for. */
async function withoutCoordinator(
  client: ClusterClient,
  open: readonly OpenTransaction[],
): Promise<OpenTransaction[]> {
  const producerIds = [...new Set(open.map(({ producer }) => producer.producerId))];
  const expected = new Map<number, Set<string>>();
  for (const { producerId, transactionalId } of await listTransactions(client, { producerIds })) {
    const { errorCode, topics } = await describeTransaction(client, transactionalId);
    if (errorCode !== 0) continue;
    const names = topics.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => topicPartitionName({ topic, partition })),
    );
    expected.set(producerId, new Set(names));
  }
  return open.filter(
    ({ producer, ...partition }) =>
      expected.get(producer.producerId)?.has(topicPartitionName(partition)) !== true,
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
  const topic = options.required('topic');
  options.required('partition');
  return { topic, partition: integer(options, 'partition') ?? 0 };
}

function integer(options: ParsedOptions, name: string): number | undefined {
  const text = options.value(name);
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new UsageError(`argument --${name}: could not convert '${text}' to a number`);
  return Number(text);
}

/** As the original prints tables: every cell padded to its column, and a tab behind it. */
function printTable(io: ToolIo, headers: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headers.map((header, at) => Math.max(header.length, ...rows.map((row) => row[at]!.length)));
  for (const row of [headers, ...rows])
    io.out(`${row.map((cell, at) => `${cell.padEnd(widths[at]!)}\t`).join('')}\n`);
}

function failed(io: ToolIo, what: string, why: string): number {
  io.err(`${sentence(what, why)}\n`);
  return 1;
}

function sentence(what: string, why: string): string {
  return `${what}: ${why}. Enable debug logging for additional detail.`;
}

function messageFor(errorCode: number): string {
  return errors[errorNameOf(errorCode)].message;
}
