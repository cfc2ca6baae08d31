/**
 * The states that an election or a removal from the ISR is decided on. The controller knows them: it has read each one
 * itself, or written it. So it does not ask ZooKeeper again, as the original does for every partition: what it writes is
 * checked against the version it knows, and where that is not the one in ZooKeeper it reads, and decides again.
 *
 * Invariant: only a decision that is written may rest on what is known. Nothing would correct the others ("nobody may
 * lead", "it is not in the ISR"), nor an unclean election, which gives up records; ZooKeeper is asked for them first.
 */
import { PartitionMap, type TopicPartition } from '../common/index.ts';
import { inTurns } from '../runtime/index.ts';
import type { LeaderIsrAndControllerEpoch } from '../zookeeper/index.ts';
import type { ControllerServices } from './controller-services.ts';

type State = LeaderIsrAndControllerEpoch;

/** Those that have a state. `isSafe`: what is decided on this state is written and gives up nothing. */
export async function statesToDecideOn<P extends TopicPartition>(
  { context, store, timers }: Pick<ControllerServices, 'context' | 'store' | 'timers'>,
  partitions: readonly P[],
  isSafe: (of: P, state: State) => boolean,
): Promise<PartitionMap<State>> {
  const states = new PartitionMap<State>();
  const unknown: TopicPartition[] = [];
  await inTurns(timers, partitions, (of) => {
    const known = context.leadership(of);
    if (known !== undefined && known.controllerEpoch <= context.epoch && isSafe(of, known))
      states.set(of.topic, of.partition, known);
    else unknown.push(of);
  });
  if (unknown.length === 0) return states;
  for (const [{ topic, partition }, state] of await store.partitionStates(unknown))
    states.set(topic, partition, state);
  return states;
}
