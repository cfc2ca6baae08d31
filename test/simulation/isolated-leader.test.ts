/**
 * What Jepsen found in Kafka 0.8 (2013), as a regression test: a leader is cut off from its followers, its ISR becomes
 * itself, it acknowledges alone, it loses ZooKeeper, and a follower that was not in the ISR is elected. Then what it
 * acknowledged is lost. `min.insync.replicas=2` is Kafka's answer: such a leader acknowledges nothing. The other is to
 * elect nobody from outside the ISR, the default since 0.11: then the partition waits for its leader.
 *
 * `npm run test:mixed -- --scenario jepsen` is the same among real processes of both kinds.
 */
import { expect, test } from '@jest/globals';
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/00-produce.ts';
import { errorNameOf, type ErrorName } from '../../src/protocol/index.ts';
import { buildBatch } from '../../src/records/index.ts';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const BROKERS = [0, 1, 2];
const RECORDS = 10;
const OVERRIDES = { 'zookeeper.session.timeout.ms': '6000', 'replica.lag.time.max.ms': '3000' };

/** Which way nothing passes: the followers' requests, the leader's answers, or both. */
const CUTS = {
  'to the leader': (cluster: SimulatedCluster, leader: string, follower: string) =>
    cluster.world.network.cutOneWay(follower, leader),
  'from the leader': (cluster: SimulatedCluster, leader: string, follower: string) =>
    cluster.world.network.cutOneWay(leader, follower),
  'either way': (cluster: SimulatedCluster, leader: string, follower: string) =>
    cluster.world.network.cut(leader, follower),
} as const;

/** One partition per broker; the controller's own is isolated, since its ISR can shrink without the others. */
class Story {
  readonly acknowledged: string[] = [];
  readonly leader: number;
  readonly partition: number;
  readonly #cluster: SimulatedCluster;
  readonly #client: SimulatedClient;

  private constructor(cluster: SimulatedCluster, client: SimulatedClient) {
    this.#cluster = cluster;
    this.#client = client;
    const data = cluster.zooKeeper.tree.find('/controller')?.data?.toString() ?? '';
    this.leader = (JSON.parse(data) as { brokerid: number }).brokerid;
    this.partition = cluster.partitionStates(TOPIC).findIndex(({ leader }) => leader === this.leader);
  }

  static async begin(name: string, configs: Readonly<Record<string, string>>): Promise<Story> {
    const cluster = await startCluster(name, { overrides: OVERRIDES });
    const client = new SimulatedClient(cluster);
    await cluster.world.settle(client.createTopic(TOPIC, configs, BROKERS.length));
    const isWhole = (): boolean => {
      const states = cluster.partitionStates(TOPIC);
      return states.length === BROKERS.length && states.every(({ isr }) => isr.length === BROKERS.length);
    };
    await cluster.world.runUntil(isWhole);
    return new Story(cluster, client);
  }

  get state(): { readonly leader: number; readonly isr: readonly number[] } {
    return this.#cluster.partitionStates(TOPIC)[this.partition]!;
  }

  get violations(): readonly string[] {
    return [...this.#cluster.leaders.violations, ...this.#cluster.fatal];
  }

  /** What one broker says to some records with acks=all, and what it acknowledged of them. */
  async produceTo(id: number, what: string): Promise<readonly ErrorName[]> {
    const { world } = this.#cluster;
    const client = await world.settle(this.#cluster.connect(id));
    const answers: ErrorName[] = [];
    for (let index = 0; index < RECORDS; index++) {
      const value = `${what} ${index}`;
      const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: 0 }] });
      const { responses } = await world.settle(
        client.send(ProduceRequest, ProduceResponse, 9, {
          ...{ acks: -1, timeoutMs: 1000 },
          topicData: [{ name: TOPIC, partitionData: [{ index: this.partition, records }] }],
        }),
      );
      const answer = errorNameOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
      if (answer === 'NONE') this.acknowledged.push(value);
      answers.push(answer);
    }
    client.close();
    return answers;
  }

  /** Until it alone is its ISR: who has everything stays in, so there must be something new. */
  async isolate(cut: (typeof CUTS)[keyof typeof CUTS]): Promise<void> {
    for (const id of this.#others) cut(this.#cluster, hostOf(this.leader), hostOf(id));
    await this.produceTo(this.leader, 'during the cut');
    await this.#cluster.world.runUntil(() => this.state.isr.length === 1);
    expect(this.state).toMatchObject({ leader: this.leader, isr: [this.leader] });
    // That it is alone stands in ZooKeeper; it hears of that a moment later.
    await this.#cluster.world.run(1000);
  }

  /** Until its session is over and the others are in sync under the next leader, or wait without one. */
  async loseZooKeeper({ isUnclean }: { readonly isUnclean: boolean }): Promise<void> {
    const { world, zooKeeper } = this.#cluster;
    world.network.cut(hostOf(this.leader), zooKeeper.host);
    await world.runUntil(() => {
      const { leader, isr } = this.state;
      return isUnclean ? leader >= 0 && leader !== this.leader && isr.length === 2 : leader === -1;
    });
  }

  async mend(): Promise<void> {
    const { world, zooKeeper } = this.#cluster;
    for (const id of this.#others) world.network.mend(hostOf(this.leader), hostOf(id));
    world.network.mend(hostOf(this.leader), zooKeeper.host);
    await world.runUntil(() => this.state.isr.length === BROKERS.length, 120_000);
  }

  /** Those acknowledged that nobody can read. */
  async lost(): Promise<readonly string[]> {
    const read = new Set(await this.#cluster.world.settle(this.#client.readAll(TOPIC, this.partition)));
    return this.acknowledged.filter((value) => !read.has(value));
  }

  get #others(): number[] {
    return BROKERS.filter((id) => id !== this.leader);
  }
}

const allOf = <T>(value: T): T[] => Array.from({ length: RECORDS }, () => value);
const valuesOf = (what: string): string[] => allOf(what).map((each, index) => `${each} ${index}`);

test.each(Object.keys(CUTS) as (keyof typeof CUTS)[])(
  'jepsen-2013-isolated-leader, cut %s: with min.insync.replicas=2 nothing that was acknowledged is lost',
  async (direction) => {
    const configs = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '2' };
    const story = await Story.begin(`jepsen ${direction}`, configs);
    expect(await story.produceTo(story.leader, 'before')).toEqual(allOf('NONE'));
    await story.isolate(CUTS[direction]);
    expect(await story.produceTo(story.leader, 'alone')).toEqual(allOf('NOT_ENOUGH_REPLICAS'));
    await story.loseZooKeeper({ isUnclean: true });
    expect(await story.produceTo(story.leader, 'deposed')).toEqual(allOf('NOT_ENOUGH_REPLICAS'));
    expect(await story.produceTo(story.state.leader, 'after')).toEqual(allOf('NONE'));
    await story.mend();
    expect(await story.lost()).toEqual([]);
    expect(story.acknowledged).toEqual(expect.arrayContaining([...valuesOf('before'), ...valuesOf('after')]));
    expect(story.violations).toEqual([]);
  },
);

test('jepsen-2013-isolated-leader: with min.insync.replicas=1 and an unclean election it is lost', async () => {
  const story = await Story.begin('jepsen 1', { 'unclean.leader.election.enable': 'true' });
  await story.produceTo(story.leader, 'before');
  await story.isolate(CUTS['either way']);
  expect(await story.produceTo(story.leader, 'alone')).toEqual(allOf('NONE'));
  await story.loseZooKeeper({ isUnclean: true });
  expect(await story.produceTo(story.state.leader, 'after')).toEqual(allOf('NONE'));
  await story.mend();
  const lost = await story.lost();
  expect(lost).toEqual(expect.arrayContaining(valuesOf('alone')));
  expect(lost.filter((value) => /before|after/.test(value))).toEqual([]);
});

test('jepsen-2013-isolated-leader: without unclean elections the partition waits for its leader, and nothing is lost', async () => {
  const story = await Story.begin('jepsen clean', {});
  await story.produceTo(story.leader, 'before');
  await story.isolate(CUTS['either way']);
  expect(await story.produceTo(story.leader, 'alone')).toEqual(allOf('NONE'));
  await story.loseZooKeeper({ isUnclean: false });
  expect(story.state).toMatchObject({ leader: -1, isr: [story.leader] });
  await story.mend();
  expect(story.state.leader).toBe(story.leader);
  expect(await story.lost()).toEqual([]);
});
