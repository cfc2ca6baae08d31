/**
 * Plays the history that test/golden/disk/transaction-state tells (see its README) and expects every record to be, byte
 * for byte, what Kafka wrote. The clock and the first producer id are taken from Kafka's records; all else must come out
 * alike: states, epochs, and the order in which partitions stand.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { TopicPartition } from '../../../../src/common/index.ts';
import { stateOfId } from '../../../../src/coordinator/transaction/transaction-state.ts';
import { decodeVersioned, TransactionLogValue } from '../../../../src/protocol/index.ts';
import { batchesOf, decodeRecords } from '../../../../src/records/index.ts';
import { settle } from '../coordinator-world.ts';
import { TIMEOUT_MS, transactionWorld } from './transaction-world.ts';

const SEGMENT = readFileSync(new URL('../../../golden/disk/transaction-state/history.log', import.meta.url));
const GOLDEN = [...batchesOf(SEGMENT)].flatMap(decodeRecords).map(({ key, value }) => ({
  key: key!,
  value: value!,
  told: decodeVersioned(TransactionLogValue, value!).value,
}));
const ID = 'golden';
const FIRST_PRODUCER_ID = GOLDEN[0]!.told.producerId;

const partitions = (...named: readonly (readonly [string, readonly number[]])[]): TopicPartition[] =>
  named.flatMap(([topic, ids]) => ids.map((partition) => ({ topic, partition })));

/** What Kafka's records tell, readable when a byte differs. */
const story = (records: readonly { readonly value: Buffer | null }[]): unknown[] =>
  records.map(({ value }) => {
    const told = decodeVersioned(TransactionLogValue, value!).value;
    return { ...told, transactionStatus: stateOfId(told.transactionStatus) };
  });

test('each record is what Kafka wrote', async () => {
  const world = await transactionWorld({}, FIRST_PRODUCER_ID);
  const { coordinator, log, time, metadata } = world;
  for (const topic of ['orders', 'payments', 'audit'])
    for (const partition of [0, 1, 2]) metadata.leaders.set(`${topic}-${partition}`, 0);
  metadata.leaders.set('__consumer_offsets-0', 0);
  let next = 0;
  const at = (): void => void (time.nowMs = GOLDEN[next++]!.told.transactionLastUpdateTimestampMs);
  const init = async (had?: { readonly producerId: number; readonly producerEpoch: number }) => {
    at();
    const { error, ...given } = await coordinator.initProducerId({
      transactionalId: ID,
      timeoutMs: TIMEOUT_MS,
      expected: had,
    });
    expect(error).toBe('NONE');
    return given;
  };
  type Producer = Awaited<ReturnType<typeof init>>;
  const add = async (producer: Producer, added: readonly TopicPartition[]): Promise<void> => {
    at();
    expect(await coordinator.addPartitions(ID, producer, added)).toBe('NONE');
  };
  /** The decision is written at one time, and at the next it is known to be written. */
  const ending = async <T>(begin: () => Promise<T>): Promise<T> => {
    at();
    log.hold = true;
    const begun = begin();
    await settle();
    at();
    log.hold = false;
    await log.release();
    const ended = await begun;
    await time.advance(0);
    return ended;
  };
  const end = (producer: Producer, result: 'commit' | 'abort') =>
    ending(() => coordinator.endTransaction(ID, { ...producer, result }));

  const first = await init();
  await add(first, partitions(['orders', [1]]));
  await add(first, partitions(['payments', [0]]));
  await end(first, 'commit');
  await add(first, partitions(['orders', [0, 1, 2]], ['audit', [2]]));
  await add(first, partitions(['__consumer_offsets', [0]]));
  await end(first, 'abort');
  const second = await init(first);
  await add(second, partitions(['payments', [2, 1, 0]], ['orders', [2, 1, 0]], ['audit', [0, 1, 2]]));
  await ending(() =>
    coordinator.initProducerId({ transactionalId: ID, timeoutMs: TIMEOUT_MS, expected: undefined }),
  );
  const third = await init();
  await add(third, partitions(['audit', [1]]));
  await end(third, 'commit');

  const written = log.records(0);
  expect(story(written)).toEqual(story(GOLDEN));
  expect(written.map(({ key, value }) => [key?.toString('hex'), value?.toString('hex')])).toEqual(
    GOLDEN.map(({ key, value }) => [key.toString('hex'), value.toString('hex')]),
  );
});
