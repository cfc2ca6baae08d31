import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignReplicas } from '../../../src/metadata/assign-replicas.ts';

const brokers = (count: number, racks?: readonly string[]) =>
  Array.from({ length: count }, (_, id) => ({ id, rack: racks?.[id] ?? null }));

/** `start` stands for both the start index and the shift, as when partitions are added. */
function assigned(
  on: ReturnType<typeof brokers>,
  partitions: number,
  replicationFactor: number,
  start: number,
  firstPartition = 0,
): number[][] {
  const from = { startIndex: start, shift: start, firstPartition };
  return [...assignReplicas(on, partitions, replicationFactor, from).values()];
}

// What AdminUtils.assignReplicasToBrokers of Kafka 3.9.1 returned for the same arguments.
const RACKS = ['r1', 'r3', 'r3', 'r2', 'r2', 'r1'];

describe('replicas of a new topic lie where the original would put them', () => {
  test('three brokers', () => {
    expect(assigned(brokers(3), 7, 2, 0)).toEqual([
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 2],
      [1, 0],
      [2, 1],
      [0, 1],
    ]);
    expect(assigned(brokers(3), 7, 3, 1)).toEqual([
      [1, 0, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
      [1, 0, 2],
    ]);
  });

  test('the distance of the followers grows each time round the brokers', () => {
    expect(assigned(brokers(5), 12, 3, 2)).toEqual([
      [2, 0, 1],
      [3, 1, 2],
      [4, 2, 3],
      [0, 3, 4],
      [1, 4, 0],
      [2, 1, 3],
      [3, 2, 4],
      [4, 3, 0],
      [0, 4, 1],
      [1, 0, 2],
      [2, 3, 4],
      [3, 4, 0],
    ]);
  });

  test('one broker', () => {
    expect(assigned(brokers(1), 3, 1, 0)).toEqual([[0], [0], [0]]);
  });

  test('added partitions go on in the pattern', () => {
    expect(assigned(brokers(4), 5, 3, 1, 7)).toEqual([
      [0, 2, 3],
      [1, 0, 2],
      [2, 1, 3],
      [3, 2, 0],
      [0, 3, 1],
    ]);
  });

  test('racks: every rack once before any rack twice', () => {
    expect(assigned(brokers(6, RACKS), 7, 3, 0)).toEqual([
      [0, 3, 1],
      [3, 1, 5],
      [1, 5, 4],
      [5, 4, 2],
      [4, 2, 0],
      [2, 0, 3],
      [0, 4, 2],
    ]);
    expect(assigned(brokers(6, RACKS), 5, 4, 1, 6)).toEqual([
      [3, 5, 2, 0],
      [1, 4, 0, 3],
      [5, 2, 3, 1],
      [4, 0, 1, 5],
      [2, 3, 5, 4],
    ]);
    expect(assigned(brokers(6, RACKS), 3, 5, 3)).toEqual([
      [5, 1, 4, 2, 0],
      [4, 5, 2, 0, 3],
      [2, 4, 0, 3, 1],
    ]);
  });
});

describe('an assignment that cannot be', () => {
  const refusal = (count: number, partitions: number, replicationFactor: number): unknown => {
    try {
      return assigned(brokers(count), partitions, replicationFactor, 0);
    } catch (error) {
      return error;
    }
  };

  test('is refused in the words of the original', () => {
    expect(refusal(3, 0, 1)).toMatchObject({
      error: 'INVALID_PARTITIONS',
      message: 'Number of partitions must be larger than 0.',
    });
    expect(refusal(3, 1, 0)).toMatchObject({
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'Replication factor must be larger than 0.',
    });
    expect(refusal(3, 1, 9)).toMatchObject({
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'Replication factor: 9 larger than available brokers: 3.',
    });
  });

  test('is refused at once when ZooKeeper could not keep it', () => {
    expect(refusal(3, 2_000_000_000, 1)).toMatchObject({ error: 'INVALID_PARTITIONS' });
  });

  test('racks on some brokers only leave the layout undecided', () => {
    expect(() => assigned(brokers(2, ['r1']), 1, 1, 0)).toThrow('Not all brokers have rack information');
  });
});

test('whatever the numbers: the replicas are on different brokers, and leaders are spread evenly', () => {
  const sizes = fc.record({
    count: fc.integer({ min: 1, max: 9 }),
    factor: fc.integer({ min: 1, max: 9 }),
    partitions: fc.integer({ min: 1, max: 60 }),
    start: fc.nat(8),
    withRacks: fc.boolean(),
  });
  fc.assert(
    fc.property(sizes, ({ count, factor, partitions, start, withRacks }) => {
      const on = brokers(
        count,
        withRacks ? Array.from({ length: count }, (_, id) => `r${id % 3}`) : undefined,
      );
      const lists = assigned(on, partitions, Math.min(factor, count), start % count);
      for (const replicas of lists) expect(new Set(replicas).size).toBe(Math.min(factor, count));
      const led = on.map(({ id }) => lists.filter(([leader]) => leader === id).length);
      expect(Math.max(...led) - Math.min(...led)).toBeLessThanOrEqual(1);
    }),
  );
});
