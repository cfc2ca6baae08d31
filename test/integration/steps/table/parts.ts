/** What several steps have in common. */
import type { Step } from '../step.ts';
import type { World } from '../world.ts';

export function startOf(id: number): Step {
  return {
    says: `broker ${id} starts`,
    async take(world) {
      await world.start(id);
      await world.untilData(`/brokers/ids/${id}`, (data) => data !== '');
    },
  };
}

/** A partition is where it was sent, and no other of the topic is on its way. */
export async function moved(
  world: World,
  topic: string,
  partition: number,
  replicas: readonly number[],
): Promise<void> {
  await world.untilData(
    `/brokers/topics/${topic}`,
    (data) =>
      data.includes(`"${partition}":${JSON.stringify(replicas)}`) &&
      data.includes('"adding_replicas":{}') &&
      data.includes('"removing_replicas":{}'),
  );
}
