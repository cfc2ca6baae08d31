/**
 * The next block of producer ids. Blocks follow each other without gaps or overlaps for the life of the cluster, so no
 * two producers ever share an id.
 */
import { assert } from '../../common/index.ts';
import type { ProducerIdsBlock } from '../../zookeeper/index.ts';

export const PRODUCER_ID_BLOCK_SIZE = 1000;

export function decideProducerIdBlock(brokerId: number, latest: ProducerIdsBlock | null): ProducerIdsBlock {
  const firstProducerId = latest === null ? 0 : latest.lastProducerId + 1;
  const lastProducerId = firstProducerId + PRODUCER_ID_BLOCK_SIZE - 1;
  assert(Number.isSafeInteger(lastProducerId), 'the producer ids of this cluster are used up');
  return { brokerId, firstProducerId, lastProducerId };
}
