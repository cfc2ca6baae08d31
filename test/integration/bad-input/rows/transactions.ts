/** Transactions (contract section 8.5). Each row has a transactional id of its own. */
import { ErrorCode, errorNameOf } from '../../../../src/protocol/index.ts';
import { buildBatch } from '../../../../src/records/index.ts';
import {
  ADD_OFFSETS_TO_TXN,
  ADD_PARTITIONS_TO_TXN,
  DESCRIBE_PRODUCERS,
  DESCRIBE_TRANSACTIONS,
  END_TXN,
  INIT_PRODUCER_ID,
  LIST_TRANSACTIONS,
  PRODUCE,
  TXN_OFFSET_COMMIT,
  WRITE_TXN_MARKERS,
} from '../apis.ts';
import { rowsOf } from '../row.ts';
import { GROUP } from '../world.ts';
import type { Whom, World } from '../world.ts';

const TIMEOUT_MS = 60_000;
const NOBODY = 'nobody-began-this';

interface Producer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

const UNKNOWN: Producer = { producerId: 987_654, producerEpoch: 0 };

/** The coordinator may not have heard yet that it is one. */
const PASSING: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
]);

/** A producer under an id that nobody had before. */
async function start(world: World, id: string, had?: Producer): Promise<Producer> {
  for (;;) {
    const answer = await world.send({ transactionCoordinatorOf: id }, INIT_PRODUCER_ID, 4, {
      transactionalId: id,
      transactionTimeoutMs: TIMEOUT_MS,
      ...had,
    });
    if (answer.errorCode === ErrorCode.NONE) return answer;
    if (!PASSING.has(errorNameOf(answer.errorCode)))
      throw new Error(`InitProducerId of ${id} answered ${errorNameOf(answer.errorCode)}`);
  }
}

const init = (
  world: World,
  id: string,
  had: Partial<Producer> = {},
  { version = 4, timeoutMs = TIMEOUT_MS, whom = undefined as Whom | undefined } = {},
): Promise<unknown> =>
  world.ask(whom ?? { transactionCoordinatorOf: id }, INIT_PRODUCER_ID, version, {
    transactionalId: id,
    transactionTimeoutMs: timeoutMs,
    ...had,
  });

const add = (
  world: World,
  id: string,
  producer: Producer,
  { topics = ['plain'], version = 3, whom = undefined as Whom | undefined, partition = 0 } = {},
): Promise<unknown> =>
  world.ask(whom ?? { transactionCoordinatorOf: id }, ADD_PARTITIONS_TO_TXN, version, {
    transactions: [],
    v3AndBelowTransactionalId: id,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: topics.map((name) => ({ name, partitions: [partition] })),
  });

const verify = (world: World, id: string, producer: Producer): Promise<unknown> =>
  world.ask({ transactionCoordinatorOf: id }, ADD_PARTITIONS_TO_TXN, 4, {
    transactions: [
      {
        transactionalId: id,
        producerId: producer.producerId,
        producerEpoch: producer.producerEpoch,
        verifyOnly: true,
        topics: [{ name: 'plain', partitions: [0, 1] }],
      },
    ],
    v3AndBelowTransactionalId: '',
    v3AndBelowProducerId: 0,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [],
  });

const addOffsets = (world: World, id: string, producer: Producer, version = 3): Promise<unknown> =>
  world.ask({ transactionCoordinatorOf: id }, ADD_OFFSETS_TO_TXN, version, {
    transactionalId: id,
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    groupId: GROUP,
  });

const end = (
  world: World,
  id: string,
  producer: Producer,
  { committed = true, version = 3 } = {},
): Promise<unknown> =>
  world.ask({ transactionCoordinatorOf: id }, END_TXN, version, {
    transactionalId: id,
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    committed,
  });

const commitOffsets = (
  world: World,
  id: string,
  producer: Producer,
  {
    version = 4,
    topic = 'plain',
    group = GROUP,
    generationId = -1,
    memberId = '',
    whom = undefined as Whom | undefined,
  } = {},
): Promise<unknown> =>
  world.ask(whom ?? { coordinatorOf: group }, TXN_OFFSET_COMMIT, version, {
    transactionalId: id,
    groupId: group,
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    generationId,
    memberId,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: 3, committedMetadata: '' }] }],
  });

const produce = (
  world: World,
  id: string | null,
  producer: Producer,
  { version = 11, baseSequence = 0, partition = 0, whom = 0 } = {},
): Promise<unknown> =>
  world.ask(whom, PRODUCE, version, {
    transactionalId: id,
    acks: -1,
    timeoutMs: 5000,
    topicData: [
      {
        name: 'plain',
        partitionData: [
          {
            index: partition,
            records: buildBatch({
              records: [{ value: Buffer.alloc(20, 'v'), timestamp: Date.now() }],
              ...producer,
              baseSequence,
              isTransactional: true,
            }),
          },
        ],
      },
    ],
  });

const mark = (
  world: World,
  { producerId, producerEpoch }: Producer,
  { whom = 0, topic = 'sequence', partition = 0, coordinatorEpoch = 5 } = {},
): Promise<unknown> =>
  world.ask(whom, WRITE_TXN_MARKERS, 1, {
    markers: [
      {
        producerId,
        producerEpoch,
        transactionResult: false,
        topics: [{ name: topic, partitionIndexes: [partition] }],
        coordinatorEpoch,
      },
    ],
  });

const producersOf = (world: World, topic: string, partition = 0, whom: Whom = 0): Promise<unknown> =>
  world.ask(whom, DESCRIBE_PRODUCERS, 0, { topics: [{ name: topic, partitionIndexes: [partition] }] });

/** What the steps are answered, one after another. */
async function inTurn(...steps: (() => Promise<unknown>)[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const step of steps) answers.push(await step());
  return answers;
}

/** The base offset depends on what other rows wrote. */
async function accepted(answer: Promise<unknown>): Promise<string> {
  return /"errorCode":"(\w+)"/.exec(JSON.stringify(await answer))?.[1] ?? 'no error code';
}

export const TRANSACTION_ROWS = rowsOf('8.5', {
  'InitProducerId at a broker that does not coordinate the id': async (world) =>
    init(world, 'init-elsewhere', {}, { whom: await world.notCoordinatorOfTransaction('init-elsewhere') }),
  'InitProducerId with no time for transactions': (world) => init(world, 'init-0', {}, { timeoutMs: 0 }),
  'InitProducerId with too much time for transactions': (world) =>
    init(world, 'init-900', {}, { timeoutMs: 900_001 }),
  "InitProducerId of somebody else's producer, v4 and v3": async (world) => {
    await start(world, 'init-foreign');
    return inTurn(
      () => init(world, 'init-foreign', UNKNOWN),
      () => init(world, 'init-foreign', UNKNOWN, { version: 3 }),
    );
  },
  'InitProducerId once more, of a retry and with an epoch of old': async (world) => {
    const first = await start(world, 'init-again');
    const { producerId } = first;
    const again = (producerEpoch: number): Promise<unknown> =>
      init(world, 'init-again', { producerId, producerEpoch });
    return inTurn(
      () => again(0),
      () => again(0),
      () => again(1),
      () => again(0),
    );
  },
  'AddPartitionsToTxn of an unknown id': (world) => add(world, NOBODY, UNKNOWN),
  'AddPartitionsToTxn of an empty id': (world) =>
    add(world, '', UNKNOWN, { whom: { transactionCoordinatorOf: NOBODY } }),
  'AddPartitionsToTxn at a broker that does not coordinate the id': async (world) =>
    add(world, NOBODY, UNKNOWN, { whom: await world.notCoordinatorOfTransaction(NOBODY) }),
  'AddPartitionsToTxn of another producer, and of an epoch of old': async (world) => {
    const producer = await start(world, 'add-foreign');
    const old = { ...producer, producerEpoch: 7 };
    return inTurn(
      () => add(world, 'add-foreign', UNKNOWN),
      () => add(world, 'add-foreign', old),
      () => add(world, 'add-foreign', old, { version: 1 }),
    );
  },
  'AddPartitionsToTxn of a topic that is not there, beside one that is': async (world) =>
    add(world, 'add-unknown', await start(world, 'add-unknown'), { topics: ['plain', 'nowhere'] }),
  'AddPartitionsToTxn of an internal topic': async (world) =>
    add(world, 'add-internal', await start(world, 'add-internal'), { topics: ['__consumer_offsets'] }),
  'AddPartitionsToTxn that only asks': async (world) => {
    const producer = await start(world, 'add-verify');
    return inTurn(
      () => verify(world, NOBODY, UNKNOWN),
      () => verify(world, 'add-verify', producer),
      () => add(world, 'add-verify', producer),
      () => verify(world, 'add-verify', producer),
      () => verify(world, 'add-verify', { ...producer, producerEpoch: 4 }),
      () => end(world, 'add-verify', producer, { committed: false }),
    );
  },
  'AddOffsetsToTxn of an unknown id, and of an epoch of old': async (world) => {
    const producer = await start(world, 'offsets');
    const old = { ...producer, producerEpoch: 7 };
    return inTurn(
      () => addOffsets(world, NOBODY, UNKNOWN),
      () => addOffsets(world, 'offsets', old),
      () => addOffsets(world, 'offsets', old, 1),
    );
  },
  'EndTxn of an unknown id, of nothing begun, and of an epoch of old': async (world) => {
    const producer = await start(world, 'end-nothing');
    const old = { ...producer, producerEpoch: 7 };
    return inTurn(
      () => end(world, NOBODY, UNKNOWN),
      () => end(world, 'end-nothing', producer),
      () => end(world, 'end-nothing', old),
      () => end(world, 'end-nothing', old, { version: 1 }),
    );
  },
  'TxnOffsetCommit of an unknown id': (world) => commitOffsets(world, NOBODY, UNKNOWN),
  'TxnOffsetCommit without AddOffsetsToTxn, v4 and v3': async (world) => {
    const producer = await start(world, 'commit-unadded');
    return inTurn(
      () => commitOffsets(world, 'commit-unadded', producer),
      () => commitOffsets(world, 'commit-unadded', producer, { version: 3 }),
    );
  },
  'TxnOffsetCommit for a topic that is not there': (world) =>
    commitOffsets(world, NOBODY, UNKNOWN, { topic: 'nowhere' }),
  'TxnOffsetCommit at a broker that does not coordinate the group': async (world) =>
    commitOffsets(world, NOBODY, UNKNOWN, { whom: await world.notCoordinatorOf(GROUP) }),
  'TxnOffsetCommit of a member nobody knows, and of a generation of old': async (world) => {
    const id = 'commit-member';
    const producer = await start(world, id);
    return inTurn(
      () => addOffsets(world, id, producer),
      () => commitOffsets(world, id, producer, { generationId: 3, memberId: 'nobody' }),
      () => commitOffsets(world, id, producer, { generationId: 3 }),
      () => end(world, id, producer, { committed: false }),
    );
  },
  'Produce of an unknown transactional id': (world) => produce(world, NOBODY, UNKNOWN),
  'Produce of a transaction without its id': (world) => produce(world, null, UNKNOWN),
  'Produce to a partition that is not part of the transaction, v11 and v10': async (world) => {
    const producer = await start(world, 'produce-unadded');
    return inTurn(
      () => produce(world, 'produce-unadded', producer),
      () => produce(world, 'produce-unadded', producer, { version: 10 }),
    );
  },
  'Produce of an epoch of old, and of a transaction at a follower': async (world) => {
    const producer = await start(world, 'produce-old');
    return inTurn(
      () => produce(world, 'produce-old', { ...producer, producerEpoch: 6 }),
      () => add(world, 'produce-old', producer, { partition: 1 }),
      () => produce(world, 'produce-old', producer, { partition: 1, version: 9 }),
      () => end(world, 'produce-old', producer, { committed: false }),
    );
  },
  'Produce in a transaction from the middle of a sequence': async (world) => {
    const producer = await start(world, 'produce-middle');
    return inTurn(
      () => add(world, 'produce-middle', producer),
      () => accepted(produce(world, 'produce-middle', producer, { baseSequence: 5 })),
      () => produce(world, 'produce-middle', producer, { baseSequence: 7 }),
      () => end(world, 'produce-middle', producer, { committed: false }),
    );
  },
  'WriteTxnMarkers for a partition that is not here, and at a follower': (world) =>
    inTurn(
      () => mark(world, UNKNOWN, { topic: 'nowhere' }),
      () => mark(world, UNKNOWN, { topic: 'elsewhere' }),
      () => mark(world, UNKNOWN, { topic: 'plain', partition: 1 }),
    ),
  'WriteTxnMarkers of a coordinator of old, and of a producer of old': (world) => {
    const producer = { producerId: 555_000, producerEpoch: 3 };
    return inTurn(
      () => mark(world, producer),
      () => mark(world, producer, { coordinatorEpoch: 4 }),
      () => mark(world, { ...producer, producerEpoch: 2 }, { coordinatorEpoch: 6 }),
      () => mark(world, producer),
    );
  },
  'DescribeProducers of what is not here': (world) =>
    inTurn(
      () => producersOf(world, 'nowhere'),
      () => producersOf(world, 'no/name'),
      () => producersOf(world, 'plain', 77),
      () => producersOf(world, 'elsewhere'),
    ),
  'DescribeTransactions of an unknown id, an empty one and elsewhere': async (world) => {
    const describe = (whom: Whom, id: string): Promise<unknown> =>
      world.ask(whom, DESCRIBE_TRANSACTIONS, 0, { transactionalIds: [id] });
    const elsewhere = await world.notCoordinatorOfTransaction(NOBODY);
    return inTurn(
      () => describe({ transactionCoordinatorOf: NOBODY }, NOBODY),
      () => describe(0, ''),
      () => describe(elsewhere, NOBODY),
    );
  },
  'ListTransactions by states that are none': (world) =>
    world.ask(0, LIST_TRANSACTIONS, 1, {
      stateFilters: ['Nonsense', 'ongoing'],
      producerIdFilters: [],
      durationFilter: -1,
    }),
});
