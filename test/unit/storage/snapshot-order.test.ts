/**
 * The entries of a producer snapshot stand in the order in which the original's map of producers goes, so that both kinds
 * write the same bytes. Readers do not care.
 */
import { expect, test } from '@jest/globals';
import { RecordBatch } from '../../../src/records/index.ts';
import { ProducerStateManager } from '../../../src/storage/producer-state-manager.ts';
import { batch } from './support.ts';

test.each([
  ['of one block', [0, 1, 2, 3], [0, 1, 2, 3]],
  // Sixteen buckets: 1008 falls into the first of them. Seen with Kafka 3.9.1 after a recovery.
  ['of the second block', [1000, 1002, 1004, 1006, 1008], [1008, 1000, 1002, 1004, 1006]],
  ['beyond 32 bits', [2, 2 ** 32], [2 ** 32, 2]],
])('producer ids %s', (_name, sent, stored) => {
  const producers = new ProducerStateManager(() => 86_400_000);
  for (const producerId of sent)
    producers.update(new RecordBatch(batch(['a'], { producerId, producerEpoch: 0, baseSequence: 0 })));
  expect(producers.snapshot().map(({ producerId }) => producerId)).toEqual(stored);
});
