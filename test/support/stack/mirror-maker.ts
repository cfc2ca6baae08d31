/**
 * MirrorMaker 2 between a broker of the original with a cluster of its own and our three: topics, records, configs, new
 * partitions and the offsets of groups go both ways, once each, while MirrorMaker is killed and comes back.
 */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import {
  alterConfigs,
  alterOffsets,
  ClusterClient,
  committedOffsets,
  createPartitions,
  createTopic,
  describeTopicConfigs,
} from '../../../src/tools/client/index.ts';
import type { AttachedProgram } from '../attached-program.ts';
import { JvmBroker } from '../jvm-broker.ts';
import { until } from '../until.ts';
import type { Target } from './bouncer.ts';
import { compareNumbers, findingsOf, readValues } from './read-topic.ts';
import type { Stack, Story, StoryEnd } from './stack.ts';

const MAIN = 'org.apache.kafka.connect.mirror.MirrorMaker';
const RECORDS_EACH = 2400;
const PARTITIONS = 3;
const ORIGINAL_ID = 10;

export const MIRROR_MAKER: Story = {
  name: 'mirror-maker',
  about:
    'MirrorMaker 2 with exactly-once support, in both directions between a cluster of the original and this one: topics with their configs and new partitions, 7,200 records each way through a kill of MirrorMaker, each once and in order; a group that had read most of a topic, and one that had read all, go on at the other cluster where their translated offsets say',
  run: mirror,
};

/** One of the two clusters. */
interface Side {
  readonly name: 'original' | 'klassik';
  readonly bootstrap: string[];
  readonly client: ClusterClient;
  readonly replicas: number;
  /** What is written here, and mirrored there. */
  readonly topic: string;
}

async function mirror(stack: Stack): Promise<StoryEnd> {
  const world = await begin(stack, RECORDS_EACH);
  const { directions } = world;
  await world.program.kill();
  for (const direction of directions) await direction.change(RECORDS_EACH);
  stack.bouncer.start(
    [['__transaction_state', 0], 'controller', ['__consumer_offsets', 0], ...world.topics.map(firstOf)],
    () => Promise.resolve(),
  );
  const program = await stack.launch('mirror-maker', MAIN, world.settings);
  for (const direction of directions) await direction.untilMirrored();
  stack.progress('what was changed while MirrorMaker was dead is mirrored');
  return end(stack, { ...world, program });
}

const firstOf = (topic: string): Target => [topic, 0];

interface Mirroring {
  readonly settings: string;
  readonly program: AttachedProgram;
  readonly directions: readonly Direction[];
  /** At our brokers. */
  readonly topics: readonly string[];
}

async function begin(stack: Stack, recordsEach: number): Promise<Mirroring> {
  const sides = [await original(stack), ours(stack)] as const;
  const [one, other] = sides;
  const settings = await stack.properties('mirror-maker', mirrorSettings(sides));
  const directions = [new Direction(one, other), new Direction(other, one)];
  for (const direction of directions) await direction.begin(recordsEach);
  const program = await stack.launch('mirror-maker', MAIN, settings);
  for (const direction of directions) await direction.untilMirrored();
  stack.progress('all is mirrored both ways');
  for (const direction of directions) await direction.goOn(recordsEach);
  for (const direction of directions) await direction.untilMirrored();
  return { settings, program, directions, topics: [other.topic, `${one.name}.${one.topic}`] };
}

async function end(stack: Stack, { program, directions, topics }: Mirroring): Promise<StoryEnd> {
  for (const direction of directions) await direction.untilOffsetsAreTranslated();
  await stack.bouncer.stop();
  stack.progress('offsets are translated');
  await program.stop();
  const findings: string[] = [];
  for (const direction of directions) findings.push(...(await direction.findings()));
  return { outcome: directions.map((direction) => direction.outcome).join('; '), findings, topics };
}

/** What a group would read of a partition. */
interface Left {
  readonly partition: number;
  readonly values: readonly string[];
}

/** A topic, its records and two groups on their way from one cluster to the other. */
class Direction {
  readonly #from: Side;
  readonly #to: Side;
  readonly #mirrored: string;
  #written: number[] = [];
  /** What had been written of each partition before the last records. */
  #before: number[] = [];
  #retentionMs = '123456789';

  constructor(from: Side, to: Side) {
    this.#from = from;
    this.#to = to;
    this.#mirrored = `${from.name}.${from.topic}`;
  }

  get outcome(): string {
    return `${this.#total} from ${this.#from.name} to ${this.#to.name}`;
  }

  get #total(): number {
    return this.#written.reduce((sum, count) => sum + count, 0);
  }

  get #groups(): { readonly most: string; readonly whole: string } {
    return { most: `most-of-${this.#from.topic}`, whole: `whole-of-${this.#from.topic}` };
  }

  async begin(records: number): Promise<void> {
    await createTopic(this.#from.client, {
      name: this.#from.topic,
      numPartitions: PARTITIONS,
      replicationFactor: this.#from.replicas,
      assignments: new Map(),
      configs: { 'retention.ms': this.#retentionMs },
    });
    this.#written = Array.from({ length: PARTITIONS }, () => 0);
    await this.#write(records);
    await alterOffsets(this.#from.client, this.#groups.whole, this.#ends());
  }

  /** More records, and groups that have read them. */
  async goOn(records: number): Promise<void> {
    this.#before = this.#written;
    await this.#writeAndRead(records);
  }

  async #writeAndRead(records: number): Promise<void> {
    await this.#write(records);
    await alterOffsets(this.#from.client, this.#groups.whole, this.#ends());
    const most = this.#ends().map((row) => ({ ...row, offset: mostOf(row.offset) }));
    await alterOffsets(this.#from.client, this.#groups.most, most);
  }

  /** More records, another config, a new partition with records of its own. */
  async change(records: number): Promise<void> {
    const { client, topic } = this.#from;
    this.#retentionMs = '987654321';
    const configs = new Map([['retention.ms', this.#retentionMs]]);
    await alterConfigs(client, { type: 'topics', name: topic }, configs, []);
    await createPartitions(client, [{ name: topic, count: PARTITIONS + 1, assignments: null }]);
    await until(`${topic} has its new partition`, async () => {
      const { topics } = await client.metadata([topic]);
      return topics[0]?.partitions.filter(({ leaderId }) => leaderId >= 0).length === PARTITIONS + 1;
    });
    this.#written.push(0);
    await this.goOn(records);
  }

  async untilMirrored(): Promise<void> {
    const { client, name } = this.#to;
    await until(`${this.#mirrored} has all records at ${name}`, async () => {
      for (const [partition, count] of this.#written.entries())
        if ((await readValues(client, this.#mirrored, partition)).length < count) return false;
      return true;
    });
    await until(`${this.#mirrored} has its config at ${name}`, async () => {
      const configs = (await describeTopicConfigs(client, [this.#mirrored])).get(this.#mirrored);
      return configs?.some((row) => row.name === 'retention.ms' && row.value === this.#retentionMs) === true;
    });
  }

  /**
   * Both groups go on among the last records, or have none left. How near is MirrorMaker's own affair: it tells the place of
   * some records only, and of those before it started of the last one only, so a new partition may have no place for `most`.
   * A place that it failed to tell, because the broker was away, it tells with a later record: there are some more, then.
   */
  async untilOffsetsAreTranslated(): Promise<void> {
    for (let more = 0; !(await this.#areNearWithin(TRANSLATION_MS)); more++) {
      if (more === MORE_MAX) throw new Error(`groups do not go on near their places at ${this.#to.name}`);
      await this.#writeAndRead(MORE_RECORDS);
    }
  }

  async #areNearWithin(patienceMs: number): Promise<boolean> {
    const { most, whole } = this.#groups;
    const isNear = async (group: string, partitions: number): Promise<boolean> =>
      (await this.#leftOf(group)).filter(
        ({ partition, values: [next] }) => next === undefined || Number(next) >= this.#before[partition]!,
      ).length >= partitions;
    const areNear = async (): Promise<boolean> =>
      (await isNear(whole, this.#written.length)) && (await isNear(most, PARTITIONS));
    return until('groups go on near their places', areNear, patienceMs).then(
      () => true,
      () => false,
    );
  }

  async findings(): Promise<string[]> {
    const findings: string[] = [];
    for (const [partition, count] of this.#written.entries()) {
      const values = await readValues(this.#to.client, this.#mirrored, partition);
      const numbers = values.map(Number);
      findings.push(...findingsOf(`${this.#mirrored}-${partition}`, compareNumbers(numbers, count)));
    }
    const { most } = this.#groups;
    for (const { partition, values } of await this.#leftOf(most))
      if (values.length < this.#written[partition]! - mostOf(this.#written[partition]!))
        findings.push(`${most} goes on behind records of partition ${partition} that it had not read`);
    return findings;
  }

  /** The next numbers, evenly over the partitions. */
  async #write(records: number): Promise<void> {
    const each = Math.floor(records / this.#written.length);
    const { bootstrap, topic } = this.#from;
    const kafka = new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING });
    // It sends everything again where one partition's leader is not known yet: only an idempotent one writes it once.
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const messages = this.#written.flatMap((count, partition) =>
      Array.from({ length: each }, (_, index) => ({ partition, value: String(count + index) })),
    );
    await producer.send({ topic, messages });
    await producer.disconnect();
    this.#written = this.#written.map((count) => count + each);
  }

  #ends(): { readonly topic: string; readonly partition: number; readonly offset: number }[] {
    return this.#written.map((offset, partition) => ({ topic: this.#from.topic, partition, offset }));
  }

  /** What a group would read at the other cluster. */
  async #leftOf(group: string): Promise<Left[]> {
    const { client } = this.#to;
    const committed = await committedOffsets(client, group);
    return Promise.all(
      committed
        .filter(({ topic }) => topic === this.#mirrored)
        .map(async ({ topic, partition, offset }) => ({
          partition,
          values: await readValues(client, topic, partition, offset),
        })),
    );
  }
}

/** How long a place may take to be told, before there is another record whose place is told. */
const TRANSLATION_MS = 20_000;
const MORE_RECORDS = 300;
const MORE_MAX = 6;

/** Enough to be among the last records, of which each time there are as many or half as many as before. */
const mostOf = (count: number): number => Math.floor(count * 0.9);

function ours({ brokers: { client, bootstrap } }: Stack): Side {
  return { name: 'klassik', bootstrap, client, replicas: 3, topic: 'payments' };
}

/** One broker of the original in a cluster of its own, at a chroot of the same ZooKeeper. */
async function original(stack: Stack): Promise<Side> {
  const broker = await JvmBroker.create({
    id: ORIGINAL_ID,
    libraries: stack.libraries,
    dir: stack.dir,
    zookeeperConnect: `${stack.brokers.ensemble.addresses.join(',')}/original`,
    overrides: {
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '3',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '3',
      'group.initial.rebalance.delay.ms': '0',
    },
  });
  const bootstrap = [`127.0.0.1:${broker.port}`];
  const client = new ClusterClient({ bootstrapServers: bootstrap });
  stack.onClose(async () => {
    await client.close();
    await broker.kill();
  });
  await broker.start();
  return { name: 'original', bootstrap, client, replicas: 1, topic: 'orders' };
}

/** Everything that happens by the clock happens every second. */
function mirrorSettings(sides: readonly [Side, Side]): Record<string, string> {
  const [one, other] = sides;
  const ofSide = ({ name, bootstrap, replicas }: Side): Record<string, string> => ({
    [`${name}.bootstrap.servers`]: bootstrap.join(','),
    [`${name}.exactly.once.source.support`]: 'enabled',
    ...Object.fromEntries(
      ['config.storage', 'offset.storage', 'status.storage'].map((what) => [
        `${name}.${what}.replication.factor`,
        String(replicas),
      ]),
    ),
    [`${name}.offset.flush.interval.ms`]: '1000',
    [`${name}.scheduled.rebalance.max.delay.ms`]: '1000',
  });
  const ofDirection = (from: Side, to: Side): Record<string, string> => {
    const direction = `${from.name}->${to.name}`;
    return {
      [`${direction}.enabled`]: 'true',
      [`${direction}.topics`]: from.topic,
      [`${direction}.replication.factor`]: String(to.replicas),
      [`${direction}.checkpoints.topic.replication.factor`]: String(to.replicas),
      [`${direction}.heartbeats.topic.replication.factor`]: String(to.replicas),
      [`${direction}.offset-syncs.topic.replication.factor`]: String(from.replicas),
    };
  };
  const everySecond = ['refresh.topics', 'refresh.groups', 'sync.topic.configs', 'sync.group.offsets'];
  return {
    clusters: `${one.name},${other.name}`,
    ...ofSide(one),
    ...ofSide(other),
    ...ofDirection(one, other),
    ...ofDirection(other, one),
    groups: '.*-of-.*',
    'dedicated.mode.enable.internal.rest': 'true',
    listeners: 'http://127.0.0.1:0',
    'sync.group.offsets.enabled': 'true',
    // Each record's place is told: that is what offsets are translated by.
    'offset.lag.max': '0',
    ...Object.fromEntries(
      [...everySecond, 'emit.checkpoints', 'emit.heartbeats'].map((what) => [
        `${what}.interval.seconds`,
        '1',
      ]),
    ),
  };
}
