/** What kafka-replica-verification makes of what replicas answer; the texts are the original's. */
import { expect, test } from '@jest/globals';
import { buildBatch, batchAt } from '../../../src/records/index.ts';
import { verifyReplicas, type FetchedReplica } from '../../../src/tools/verify-replicas.ts';

const batch = (baseOffset: number, ...values: string[]): Buffer =>
  buildBatch({ baseOffset, records: values.map((value) => ({ value: Buffer.from(value), timestamp: 1 })) });
const checksum = (bytes: Buffer): number => batchAt(bytes).crc;

function replica(brokerId: number, highWatermark: number, ...batches: Buffer[]): FetchedReplica {
  return { brokerId, highWatermark, records: Buffer.concat(batches) };
}

const A = batch(5, 'a', 'b');
const B = batch(7, 'c');

test('replicas that hold the same are verified up to the smallest high watermark', () => {
  const replicas = [replica(1, 8, A, B), replica(2, 7, A, B)];
  expect(verifyReplicas('t-0', 5, replicas)).toEqual({
    nextOffset: 7,
    lag: 1,
    differences: [],
    isBroken: false,
  });
});

test('a replica that has less, or is cut off in the middle, ends the round', () => {
  expect(verifyReplicas('t-0', 5, [replica(1, 8, A, B), replica(2, 8, A)]).nextOffset).toBe(7);
  const cut = replica(2, 8, A, B.subarray(0, 20));
  expect(verifyReplicas('t-0', 5, [replica(1, 8, A, B), cut]).nextOffset).toBe(7);
});

test('a broker that does not answer delays its partitions', () => {
  const replicas = [replica(1, 8, A, B), replica(2, -1)];
  expect(verifyReplicas('t-0', 5, replicas)).toEqual({
    nextOffset: 5,
    lag: 3,
    differences: [],
    isBroken: false,
  });
});

test('other bytes at the same offset are told, and the verification goes on', () => {
  const other = batch(5, 'a', 'x');
  const { differences, nextOffset, isBroken } = verifyReplicas('t-0', 5, [
    replica(1, 8, A),
    replica(2, 8, other),
  ]);
  expect(differences).toEqual([
    `partition t-0 has unmatched checksum at offset 6; replica 1's checksum ${checksum(A)}; replica 2's checksum ${checksum(other)}`,
  ]);
  expect({ nextOffset, isBroken }).toEqual({ nextOffset: 7, isBroken: false });
});

test('other offsets end it', () => {
  const verdict = verifyReplicas('t-0', 5, [replica(1, 8, A), replica(2, 8, batch(5, 'a'))]);
  expect(verdict.isBroken).toBe(true);
  expect(verdict.differences).toEqual([
    "partition t-0: replica 1's offset 6 doesn't match replica 2's offset 5",
  ]);
});
