/**
 * The next block of producer ids, taken in ZooKeeper. The controller does it for the brokers; where the protocol
 * between brokers is older than that (`inter.broker.protocol.version` below 3.0) each broker does it for itself.
 *
 * Invariant: no block is taken twice. Only the version of the znode guards it, not the controller epoch.
 */
import type { ProducerIdsBlock } from '../zookeeper/index.ts';
import type { ControllerStore } from './controller-store.ts';
import { decideProducerIdBlock } from './decide/producer-ids.ts';

/** Null when the znode is missing. */
export async function takeProducerIdBlock(
  store: Pick<ControllerStore, 'producerIdBlock' | 'writeProducerIdBlock'>,
  brokerId: number,
): Promise<ProducerIdsBlock | null> {
  for (;;) {
    const latest = await store.producerIdBlock();
    if (latest === null) return null;
    const block = decideProducerIdBlock(brokerId, latest.value);
    if (await store.writeProducerIdBlock(block, latest.zkVersion)) return block;
  }
}
