/**
 * The last reading: when all is quiet, every partition from its first record to its end, by a consumer of its own. What
 * was acknowledged must be in it. A transaction that a worker left open holds a read_committed consumer up until the
 * coordinator aborts it, so the reading is patient; a partition that does not come to its end is read as far as it goes.
 */
import { topicPartitionName } from '../../common/index.ts';
import type { ClusterClient } from '../client/index.ts';
import { offsetsOf } from './offsets-of.ts';
import { pollAction, positionsByName, type WorkloadWorld } from './workload-world.ts';

const RETRY_BACKOFF_MS = 200;

/** The partitions that were not read to their ends within the time. */
export async function drain(world: WorkloadWorld, patienceMs: number): Promise<string[]> {
  const untilMs = world.clock.monotonicMs() + patienceMs;
  const partitions = world.partitionsOf(world.topics.input, world.topics.output);
  let positions = partitions.map((each) => ({ ...each, offset: 0 }));
  let ends: ReadonlyMap<string, number> = new Map();
  const isDone = (): boolean =>
    ends.size > 0 &&
    positions.every((each) => each.offset >= (ends.get(topicPartitionName(each)) ?? Infinity));
  for (let life = 1; !isDone() && world.clock.monotonicMs() < untilMs; life++) {
    const process = `drain.${life}`;
    const client = world.connect(process);
    try {
      if (ends.size === 0) ends = await endsOf(world, client);
      const reader = world.reader(client);
      await world.recorded(process, async (actions) => {
        await reader.assign(positions);
        actions.push({ kind: 'assign', positions: positionsByName(positions) });
      });
      while (world.clock.monotonicMs() < untilMs) {
        if (isDone()) {
          // A leader that is new may have learned since how far its followers are.
          ends = await endsOf(world, client);
          if (isDone()) break;
        }
        await world.recorded(process, async (actions) => void actions.push(pollAction(await reader.poll())));
        positions = reader.positions.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
      }
    } catch {
      await world.timers.sleep(RETRY_BACKOFF_MS);
    } finally {
      await client.close();
    }
  }
  world.recorder.drained(positionsByName(positions));
  return positions
    .filter((each) => each.offset < (ends.get(topicPartitionName(each)) ?? Infinity))
    .map((each) => topicPartitionName(each));
}

/** High watermarks: read_committed has to come as far, since nothing is written any more. */
async function endsOf(world: WorkloadWorld, client: ClusterClient): Promise<ReadonlyMap<string, number>> {
  const names = [world.topics.input, world.topics.output];
  return offsetsOf(client, names, 'latest', 2 * world.settings.partitions);
}
