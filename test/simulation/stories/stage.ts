/** Three brokers, of which 0 is the controller, a topic whose first replicas lead, and what happens there, scene by scene. */
import type { RecordedFact } from '../../../src/observe/index.ts';
import { startCluster, type SimulatedCluster } from '../cluster.ts';
import { SimulatedClient } from '../simulated-client.ts';

export const TOPIC = 'orders';
export const IDS = [0, 1, 2];
export const SESSION_TIMEOUT_MS = 6000;

/** What happened while something was done. */
export interface Scene {
  readonly title: string;
  readonly facts: readonly RecordedFact[];
}

export interface Stage {
  readonly cluster: SimulatedCluster;
  readonly client: SimulatedClient;
  /** What happened since the last call. */
  readonly scene: (title: string) => Scene;
}

export async function stage(
  assignments: readonly (readonly number[])[],
  overrides: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  let facts: RecordedFact[] = [];
  const cluster = await startCluster('tours', {
    overrides: { 'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS), ...overrides },
    onFact: (fact) => void facts.push(fact),
  });
  const client = new SimulatedClient(cluster);
  await cluster.world.settle(client.createTopicOn(TOPIC, assignments));
  await cluster.world.settle(client.produce(TOPIC, 'first'));
  // The controller's first look at the balance of leaders is over.
  await cluster.world.run(10_000);
  const scene = (title: string): Scene => {
    const seen = facts.filter(isNoAnswer);
    facts = [];
    return { title, facts: seen };
  };
  scene('');
  return { cluster, client, scene };
}

const isNoAnswer = (fact: RecordedFact): boolean =>
  fact.kind !== 'controller-event' || !fact.event.endsWith('ResponseReceived');
