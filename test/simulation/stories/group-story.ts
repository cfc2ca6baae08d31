/** A group of one member gets a second one, which goes away without a word. */
import { ClusterClient, createTopic, GroupMember } from '../../../src/tools/client/index.ts';
import { hostOf, type SimulatedCluster } from '../cluster.ts';
import { stage, TOPIC, type Scene } from './stage.ts';

const GROUP = 'readers';
const HEARTBEATS_EVERY_MS = 1000;
const GROUP_SESSION_TIMEOUT_MS = 6000;

export async function aGroupRebalances(): Promise<Scene[]> {
  const { cluster, scene } = await stage([[1, 2, 0]], { 'offsets.topic.num.partitions': '1' });
  const { world } = cluster;
  await world.settle(
    createTopic(clientOf(cluster, 'admin'), {
      name: 'bills',
      numPartitions: 2,
      replicationFactor: 3,
      assignments: new Map(),
      configs: {},
    }),
  );
  const [first, second] = [new Actor(cluster, 'first'), new Actor(cluster, 'second')];
  // The group's topic is made on the way; the story begins when it is there.
  await world.settle(first.join());
  await world.settle(first.leave());
  await world.run(1000);
  scene('');
  await world.settle(first.join());
  const alone = scene('a member joins, and is assigned everything');
  void first.live();
  await world.settle(second.join());
  await world.run(2 * HEARTBEATS_EVERY_MS);
  const both = scene('a second one joins: the first hears of it by its heartbeat and joins again');
  await world.run(2 * GROUP_SESSION_TIMEOUT_MS);
  return [
    alone,
    both,
    scene('the second one is silent; when its session is over, the first has everything again'),
  ];
}

function clientOf({ world }: SimulatedCluster, host: string): ClusterClient {
  const bootstrapServers = [0, 1, 2].map((id) => `${hostOf(id)}:9092`);
  return new ClusterClient({ bootstrapServers, clientId: host, runtime: world.runtimeFor(host) });
}

class Actor {
  readonly #cluster: SimulatedCluster;
  readonly #host: string;
  readonly #member: GroupMember;

  constructor(cluster: SimulatedCluster, host: string) {
    this.#cluster = cluster;
    this.#host = host;
    this.#member = new GroupMember(clientOf(cluster, host), {
      groupId: GROUP,
      groupInstanceId: null,
      sessionTimeoutMs: GROUP_SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: 10 * GROUP_SESSION_TIMEOUT_MS,
      topics: () => Promise.resolve([TOPIC, 'bills']),
    });
  }

  async join(): Promise<void> {
    await this.#member.join();
  }

  leave(): Promise<void> {
    return this.#member.leave();
  }

  /** Heartbeats, and joins again when it is told to. */
  async live(): Promise<never> {
    for (;;) {
      await this.#cluster.world.runtimeFor(this.#host).timers.sleep(HEARTBEATS_EVERY_MS);
      if (!(await this.#member.heartbeat())) await this.join();
    }
  }
}
