/**
 * Coordinators of transactions and of groups that move from one kind of broker to the other and back, while transactions
 * are open, while one ends, and after producers were fenced. What the next coordinator goes on with is what the one before
 * wrote; at the end the records are the same everywhere, and the same as when everything began with a coordinator of the
 * other kind.
 */
import { TransactionalProducer, stableOffset } from '../clients/transactional-producer.ts';
import { committedNumbers } from '../clients/numbers.ts';
import { dumpCoordinators, historyOf, moveCoordinator, standingOf } from '../coordinators.ts';
import { LAYOUT } from '../mixed-brokers.ts';
import type { Scenario } from '../scenario.ts';
import type { Seat } from '../seat.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';

export const COORDINATORS: readonly Scenario[] = [
  {
    name: 'coordinators-move-in-open-transactions',
    about:
      'the coordinators of a transaction and of the group whose offsets are part of it move to a broker of the other kind and back, between any two steps of it; it commits, then one aborts',
    steps: (world) => fromEitherKind(world, moveWhileOpen),
  },
  {
    name: 'coordinators-move-in-the-middle-of-an-end',
    about:
      'a commit, then an abort, is decided and one partition has no marker yet when the coordinator moves to a broker of the other kind and back',
    steps: (world) => fromEitherKind(world, moveWhileEnding),
  },
  {
    name: 'fenced-producers-stay-fenced',
    about:
      'a producer is fenced by another one, and one by the time-out of its transaction, which falls to the next coordinator; every request of theirs is refused alike by the coordinators before and after a move to the other kind and back',
    steps: (world) => fromEitherKind(world, moveAfterFencing),
  },
];

/** One history, and the brokers it is played on. */
interface Stage {
  readonly world: World;
  /** The coordinator to begin with, and the other one: of the other kind where there is one. */
  readonly here: Seat;
  readonly there: Seat;
  /** The one that coordinates nothing. */
  readonly third: Seat;
  /** A topic of three partitions, each led by another broker. */
  readonly topic: string;
  readonly transactionalId: string;
  readonly group: string;
}

/** Plays it from one broker to another and back, then the other way round: both times the same is written. */
async function fromEitherKind(world: World, play: (stage: Stage) => Promise<void>): Promise<void> {
  const { brokers, topic } = world;
  const first = brokers.seats[0]!;
  const second = brokers.seats.findLast(({ kind }) => kind !== first.kind) ?? brokers.seats[1]!;
  const third = brokers.seats.find(({ id }) => id !== first.id && id !== second.id)!;
  const histories: string[][] = [];
  for (const [here, there] of [
    [first, second],
    [second, first],
  ] as const) {
    const name = `${topic}-from-${here.id}`;
    const stage = { world, here, there, third, topic: name, transactionalId: name, group: `${name}-group` };
    await brokers.createTopic(name);
    await play(stage);
    const dump = await dumpCoordinators(brokers);
    // The topic is named after where it began, and the group lives where its name says.
    const plain = (line: string): string =>
      line.replaceAll(name, 'topic').replace(/__consumer_offsets-\d+/, '__consumer_offsets');
    histories.push(historyOf(dump, name).map(plain));
  }
  const [one = [], other = []] = histories;
  check(one.length > 0, 'there is a history');
  check(
    one.join('\n') === other.join('\n'),
    `two coordinators write one history, not ${one.join('; ')} and ${other.join('; ')}`,
  );
}

async function toBoth({ world, transactionalId, group }: Stage, seat: Seat): Promise<void> {
  await Promise.all([
    moveCoordinator(world.brokers, 'transaction', transactionalId, seat),
    moveCoordinator(world.brokers, 'group', group, seat),
  ]);
}

async function expectNone(what: string, answer: Promise<string>): Promise<void> {
  await expectAnswer(what, answer, 'NONE');
}

async function expectAnswer(what: string, answer: Promise<string>, expected: string): Promise<void> {
  const error = await answer;
  check(error === expected, `${what} is answered ${expected}, not ${error}`);
}

/** Each step of a transaction finds its coordinators somewhere else. */
async function moveWhileOpen(stage: Stage): Promise<void> {
  const { world, here, there, topic, transactionalId, group } = stage;
  const { client } = world.brokers;
  await toBoth(stage, here);
  const producer = new TransactionalProducer(client, transactionalId);
  await expectNone('InitProducerId', producer.init());
  let committed = -1;
  for (const [round, outcome] of (['commit', 'abort', 'commit'] as const).entries()) {
    await expectNone('AddPartitionsToTxn', producer.addPartition(topic, 0));
    await expectNone('Produce', producer.send(topic, 0, String(round)));
    await toBoth(stage, there);
    // A partition that the coordinator before has noted.
    await expectNone('Produce', producer.send(topic, 0, String(round)));
    await expectNone('AddPartitionsToTxn', producer.addPartition(topic, 1));
    await expectNone('Produce', producer.send(topic, 1, String(round)));
    await expectNone('AddOffsetsToTxn', producer.addOffsets(group));
    await expectNone('TxnOffsetCommit', producer.commitOffset(group, topic, round));
    await toBoth(stage, here);
    check(
      (await stableOffset(client, group, topic)) === 'UNSTABLE_OFFSET_COMMIT',
      'the next group coordinator knows of an offset that is not committed yet',
    );
    const { state, partitions } = await standingOf(world.brokers, transactionalId);
    check(
      state === 'Ongoing' && partitions.length === 3,
      `the next coordinator knows of three partitions of an open transaction, not ${partitions.join()} of one that is ${state}`,
    );
    await expectNone('EndTxn', producer.end(outcome));
    if (outcome === 'commit') committed = round;
    await toBoth(stage, there);
    await untilStable(stage, committed);
    await expectNone('EndTxn, once more', producer.end(outcome));
    await toBoth(stage, here);
    await untilStable(stage, committed);
  }
  const found = await committedNumbers(client, topic, LAYOUT.length);
  check(
    JSON.stringify(found) === '[[0,0,2,2],[0,2],[]]',
    `what was committed is read, not ${JSON.stringify(found)}`,
  );
}

async function untilStable({ world, group, topic }: Stage, committed: number): Promise<void> {
  await until(
    `${group} has committed ${committed}`,
    async () => (await stableOffset(world.brokers.client, group, topic)) === committed,
  );
}

/** Decided, and one marker not written: the next coordinator ends it as it was decided. */
async function moveWhileEnding(stage: Stage): Promise<void> {
  const { world, here, there, third, topic, transactionalId, group } = stage;
  const { brokers } = world;
  await toBoth(stage, here);
  const producer = new TransactionalProducer(brokers.client, transactionalId);
  await expectNone('InitProducerId', producer.init());
  const last = LAYOUT.findIndex(([leader]) => leader === third.id);
  for (const [round, outcome] of (['commit', 'abort', 'commit', 'abort'] as const).entries()) {
    for (const partition of LAYOUT.keys()) {
      await expectNone('AddPartitionsToTxn', producer.addPartition(topic, partition));
      await expectNone('Produce', producer.send(topic, partition, String(round)));
    }
    await expectNone('AddOffsetsToTxn', producer.addOffsets(group));
    await expectNone('TxnOffsetCommit', producer.commitOffset(group, topic, round));
    const prepared = outcome === 'commit' ? 'PrepareCommit' : 'PrepareAbort';
    third.peers.hold(({ isMarkerSender }) => isMarkerSender);
    await expectNone('EndTxn', producer.end(outcome));
    await untilOneIsLeft(stage, here, prepared, `${topic}-${last}`);
    await expectNothingElse(producer, topic);
    await toBoth(stage, there);
    await untilOneIsLeft(stage, there, prepared, `${topic}-${last}`);
    await expectNothingElse(producer, topic);
    // In every other round the one that decided it does not come back to it.
    if (round >= 2) {
      await toBoth(stage, here);
      await untilOneIsLeft(stage, here, prepared, `${topic}-${last}`);
    }
    third.peers.release();
    await expectNone('EndTxn, once more', producer.end(outcome));
    await toBoth(stage, here);
    await untilStable(stage, round - (round % 2));
    await expectNone('EndTxn, after all', producer.end(outcome));
  }
  const found = await committedNumbers(brokers.client, topic, LAYOUT.length);
  check(
    found.every((numbers) => numbers.join() === '0,2'),
    `what was committed is read, not ${JSON.stringify(found)}`,
  );
}

async function untilOneIsLeft(
  { world, transactionalId }: Stage,
  seat: Seat,
  state: string,
  partition: string,
): Promise<void> {
  await until(`broker ${seat.id} has still to write the marker of ${partition}`, async () => {
    const standing = await standingOf(world.brokers, transactionalId);
    return (
      standing.coordinatorId === seat.id &&
      standing.state === state &&
      standing.partitions.join() === partition
    );
  });
}

/** What is decided can neither be changed nor added to, nor can another begin. */
async function expectNothingElse(producer: TransactionalProducer, topic: string): Promise<void> {
  producer.isPatient = false;
  const refusal = 'CONCURRENT_TRANSACTIONS';
  await expectAnswer('AddPartitionsToTxn', producer.addPartition(topic, 0), refusal);
  await expectAnswer('InitProducerId', producer.init({ goesOn: true }), refusal);
  for (const outcome of ['commit', 'abort'] as const)
    await expectAnswer(`EndTxn by ${outcome}`, producer.end(outcome), refusal);
  producer.isPatient = true;
}

/** Whoever is fenced is so for every coordinator that comes after. */
async function moveAfterFencing(stage: Stage): Promise<void> {
  const { world, here, there, third, topic, transactionalId } = stage;
  const { client } = world.brokers;
  await toBoth(stage, here);
  const fenced = new TransactionalProducer(client, transactionalId);
  await expectNone('InitProducerId', fenced.init());
  await openTransaction(fenced, stage);
  // Its abort is decided, and not yet over, when the coordinator moves.
  third.peers.hold(({ isMarkerSender }) => isMarkerSender);
  const next = new TransactionalProducer(client, transactionalId);
  next.isPatient = false;
  await expectAnswer('InitProducerId', next.init(), 'CONCURRENT_TRANSACTIONS');
  await expectFenced(fenced, stage, { ended: false });
  await toBoth(stage, there);
  await expectAnswer('InitProducerId', next.init(), 'CONCURRENT_TRANSACTIONS');
  await expectFenced(fenced, stage, { ended: false });
  third.peers.release();
  next.isPatient = true;
  await expectNone('InitProducerId', next.init());
  check(next.producerEpoch > fenced.producerEpoch + 1, 'the abort has an epoch of its own');
  for (const seat of [there, here, there]) {
    await toBoth(stage, seat);
    await expectFenced(fenced, stage);
    await openTransaction(next, stage);
    await expectNone('EndTxn', next.end('commit'));
    await untilOver(stage, seat, 'CompleteCommit');
    await expectFenced(fenced, stage);
  }
  await toBoth(stage, here);
  await expectNone('InitProducerId', next.init({ goesOn: true }));
  await timeOutThere(stage);
  const found = await committedNumbers(client, topic, LAYOUT.length);
  const last = LAYOUT.findIndex(([leader]) => leader === third.id);
  check(
    found.every((numbers, partition) => numbers.length === (partition === last ? 3 : 0)),
    `what the fenced one wrote is read by nobody: ${JSON.stringify(found)}`,
  );
}

/** Its marker goes to the broker that coordinates nothing. */
async function openTransaction(
  producer: TransactionalProducer,
  { third, topic, group }: Stage,
): Promise<void> {
  const partition = LAYOUT.findIndex(([leader]) => leader === third.id);
  await expectNone('AddPartitionsToTxn', producer.addPartition(topic, partition));
  await expectNone('Produce', producer.send(topic, partition, '7'));
  await expectNone('AddOffsetsToTxn', producer.addOffsets(group));
  await expectNone('TxnOffsetCommit', producer.commitOffset(group, topic, 7));
}

/** `ended`: the markers that fence it are written, in every partition. */
async function expectFenced(
  producer: TransactionalProducer,
  { third, topic, group }: Stage,
  { ended = true } = {},
): Promise<void> {
  const partition = LAYOUT.findIndex(([leader]) => leader === third.id);
  producer.isPatient = false;
  await expectAnswer('AddPartitionsToTxn', producer.addPartition(topic, partition), 'PRODUCER_FENCED');
  await expectAnswer('AddOffsetsToTxn', producer.addOffsets(group), 'PRODUCER_FENCED');
  await expectAnswer('EndTxn by commit', producer.end('commit'), 'PRODUCER_FENCED');
  await expectAnswer('EndTxn by abort', producer.end('abort'), 'PRODUCER_FENCED');
  const refusal = ended ? 'PRODUCER_FENCED' : 'CONCURRENT_TRANSACTIONS';
  await expectAnswer('InitProducerId', producer.init({ goesOn: true }), refusal);
  if (!ended) return;
  await expectAnswer('Produce', producer.send(topic, partition, 'never'), 'INVALID_PRODUCER_EPOCH');
  await expectAnswer('TxnOffsetCommit', producer.commitOffset(group, topic, 9), 'INVALID_PRODUCER_EPOCH');
}

/** The coordinator before has seen the transaction begin; the next one sees that its time is up. */
async function timeOutThere(stage: Stage): Promise<void> {
  const { world, here, there, transactionalId } = stage;
  await toBoth(stage, here);
  const slow = new TransactionalProducer(world.brokers.client, transactionalId, 1000);
  await expectNone('InitProducerId', slow.init());
  await openTransaction(slow, stage);
  await toBoth(stage, there);
  await untilOver(stage, there, 'CompleteAbort');
  await expectFenced(slow, stage);
  await toBoth(stage, here);
  await expectFenced(slow, stage);
}

async function untilOver({ world, transactionalId }: Stage, seat: Seat, state: string): Promise<void> {
  await until(`the transaction is ${state} at broker ${seat.id}`, async () => {
    const standing = await standingOf(world.brokers, transactionalId);
    return standing.state === state && standing.coordinatorId === seat.id;
  });
}
