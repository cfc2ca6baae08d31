/**
 * One broker of one ZooKeeper whose tasks follow each other quickly, and topics of one partition each: what a change of
 * a config does is seen in answers and in the files of the data dir.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatValue, topicTable, type ConfigRow, type Properties } from '../../../src/config/index.ts';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf } from '../../../src/protocol/index.ts';
import { batchesOf, buildBatch, prepareCompression, type RecordBatch } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { NO_LEADER, type KafkaZkClient } from '../../../src/zookeeper/index.ts';
import { eventually, freshZooKeeper, type FreshZooKeeper } from '../../support/zookeeper.ts';
import {
  CREATE_TOPICS,
  DELETE_TOPICS,
  DESCRIBE_CONFIGS,
  FETCH,
  INCREMENTAL_ALTER_CONFIGS,
  METADATA,
  PRODUCE,
} from '../bad-input/apis.ts';

const BROKER_ID = 0;
/** Its replicas never come to life. */
export const NOBODY = 9;
const TASK_INTERVAL_MS = '50';
const PROPERTIES = {
  'log.initial.task.delay.ms': TASK_INTERVAL_MS,
  'log.retention.check.interval.ms': TASK_INTERVAL_MS,
  'log.flush.scheduler.interval.ms': TASK_INTERVAL_MS,
  'log.flush.offset.checkpoint.interval.ms': TASK_INTERVAL_MS,
  // Else it is the interval of the scheduler.
  'log.flush.interval.ms': '9223372036854775807',
  'log.cleaner.backoff.ms': TASK_INTERVAL_MS,
  'log.cleaner.dedupe.buffer.size': '4194304',
};
const TIMEOUT_MS = 30_000;
/** A record waits this long when min.insync.replicas is raised right after its append: then it is sent again. */
const ACKNOWLEDGE_MS = 5000;
const SET = 0;
const DELETE = 1;
const RESOURCE = { topic: 2, broker: 4 } as const;

export interface Sent {
  readonly bytes?: number;
  readonly value?: Buffer | null;
  /** None, unless it is given. */
  readonly key?: string;
  readonly atMs?: number;
}

export interface Produced {
  readonly error: string;
  readonly offset: number;
  /** -1 where the record kept its own. */
  readonly appendTimeMs: number;
}

export class World {
  readonly zkClient: KafkaZkClient;
  readonly #zookeeper: FreshZooKeeper;
  readonly #dir: string;
  readonly #cluster: Cluster;
  readonly #clients = new Set<NetworkClient>();
  #cleanings = 0;
  #witness: Promise<Topic> | undefined;
  #defaultsChanged: Promise<unknown> = Promise.resolve();

  private constructor(zookeeper: FreshZooKeeper, zkClient: KafkaZkClient, dir: string, cluster: Cluster) {
    this.#zookeeper = zookeeper;
    this.zkClient = zkClient;
    this.#dir = dir;
    this.#cluster = cluster;
  }

  /** `lost` are topics that stand in ZooKeeper already, and whose ISR is nobody that lives. */
  static async create(lost: readonly string[]): Promise<World> {
    await prepareCompression();
    const zookeeper = await freshZooKeeper();
    const dir = await mkdtemp(join(tmpdir(), 'klassik-topic-configs-'));
    const zkClient = await zookeeper.connectKafka();
    for (const topic of lost) await createLostTopic(zkClient, topic);
    const cluster = await startCluster({
      dir,
      brokers: 1,
      port: 0,
      zookeeper: zookeeper.connect,
      host: '127.0.0.1',
      overrides: PROPERTIES,
    });
    return new World(zookeeper, zkClient, dir, cluster);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#cluster.stop();
    await this.#zookeeper.close();
    await rm(this.#dir, { recursive: true, force: true });
  }

  get dataDir(): string {
    return this.#cluster.dataDirs[0]!;
  }

  async connect(): Promise<NetworkClient> {
    const [host = '', port = ''] = this.#cluster.bootstrap.split(':');
    const client = await NetworkClient.connect(
      createNodeRuntime(),
      { host, port: Number(port) },
      { clientId: 'topic-configs' },
    );
    this.#clients.add(client);
    return client;
  }

  /** One that `create` was told of. */
  async lostTopic(name: string): Promise<Topic> {
    return new Topic(this, await this.connect(), name);
  }

  async createTopic(name: string, configs: Properties, replicas = [BROKER_ID]): Promise<Topic> {
    const topic = new Topic(this, await this.connect(), name);
    await topic.create(configs, replicas);
    return topic;
  }

  /** One change at a time: each is made of what the one before has left in ZooKeeper. */
  changeDefault(topic: Topic, key: string, value: string | null): Promise<string> {
    const changed = this.#defaultsChanged.then(() => topic.alter(RESOURCE.broker, '', key, value));
    this.#defaultsChanged = changed.catch(() => undefined);
    return changed;
  }

  /** Long enough for retention and flush.ms to be looked at: checkpoints are written as often. */
  async tasksRan(): Promise<void> {
    const path = join(this.dataDir, 'recovery-point-offset-checkpoint');
    for (let times = 0; times < 3; times++) {
      const before = (await stat(path)).mtimeMs;
      await eventually(async () => (await stat(path)).mtimeMs !== before, `${path} is written`, TIMEOUT_MS);
    }
  }

  /** Another log has been compacted twice since: one that was due had its turn. */
  async cleanerRan(): Promise<void> {
    this.#witness ??= this.createTopic('cleaned-always', {
      ...ownDefaults(),
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0',
      'segment.bytes': '200',
    });
    const witness = await this.#witness;
    const last = this.#cleanings + 2;
    while (this.#cleanings < last) {
      const { offset } = await witness.produce({ key: 'key', bytes: 100 });
      await witness.produce({ key: 'key', bytes: 100 });
      await eventually(() => witness.isCleaned(offset), 'the witness is cleaned', TIMEOUT_MS);
      this.#cleanings += 1;
    }
  }

  /** Broker 0 is the controller anew, and reads what stands in ZooKeeper. */
  async reelectController(): Promise<void> {
    const epoch = (await this.zkClient.controller.getControllerEpoch())?.epoch ?? 0;
    await this.zkClient.znodes.deletePath('/controller');
    await eventually(
      async () => ((await this.zkClient.controller.getControllerEpoch())?.epoch ?? 0) > epoch,
      'a controller of the next epoch',
      TIMEOUT_MS,
    );
  }
}

const LOST_EPOCH = 1000;

/** Nobody leads it, and whoever was in sync is gone. */
async function createLostTopic(zkClient: KafkaZkClient, topic: string): Promise<void> {
  const replicas = { replicas: [NOBODY, BROKER_ID], addingReplicas: [], removingReplicas: [] };
  await zkClient.topics.createTopicAssignment({ topic, topicId: null, partitions: new Map([[0, replicas]]) });
  await zkClient.znodes.createRecursive(`/brokers/topics/${topic}/partitions/0/state`, lostState(0));
}

function lostState(leaderEpoch: number): Buffer {
  const state = {
    controller_epoch: 0,
    leader: NO_LEADER,
    version: 1,
    leader_epoch: leaderEpoch,
    isr: [NOBODY],
  };
  return Buffer.from(JSON.stringify(state));
}

/** All configs as they are by default, so that a change of the broker's defaults is none for the topic. */
export function ownDefaults(): Record<string, string> {
  return Object.fromEntries(
    Object.entries<ConfigRow>(topicTable).flatMap(([key, row]) =>
      row.default === null || row.refused !== undefined || row.effect !== undefined
        ? []
        : [[key, formatValue(row.type, row.default)]],
    ),
  );
}

export class Topic {
  readonly name: string;
  readonly world: World;
  readonly #client: NetworkClient;
  #clockMs = Date.now() - 30 * 60_000;

  constructor(world: World, client: NetworkClient, name: string) {
    this.world = world;
    this.#client = client;
    this.name = name;
  }

  async create(configs: Properties, replicas: readonly number[]): Promise<void> {
    const { topics } = await this.#client.send(...CREATE_TOPICS, 5, {
      topics: [
        {
          name: this.name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 0, brokerIds: [...replicas] }],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
    });
    const [created] = topics;
    if (created?.errorCode !== 0)
      throw new Error(
        `${this.name}: ${errorNameOf(created?.errorCode ?? -1)} ${created?.errorMessage ?? ''}`,
      );
    await eventually(async () => (await this.leader()) === BROKER_ID, `${this.name} is led`, TIMEOUT_MS);
  }

  async leader(): Promise<number> {
    const { topics } = await this.#client.send(...METADATA, 8, {
      topics: [{ name: this.name }],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    });
    return topics[0]?.partitions[0]?.leaderId ?? NO_LEADER;
  }

  // -------------------------------------------------------------------------------------------- configs

  /** Null takes it back. Resolves with the name of the error, or NONE. */
  set(key: string, value: string | null): Promise<string> {
    return this.alter(RESOURCE.topic, this.name, key, value);
  }

  /** Asks again where the controller has just moved: a write is checked against the controller of its moment. */
  async alter(...change: Parameters<Topic['alterOnce']>): Promise<string> {
    let outcome = '';
    await eventually(
      async () => !(outcome = await this.alterOnce(...change)).startsWith('STALE_CONTROLLER_EPOCH'),
      'a controller is in office',
      TIMEOUT_MS,
    );
    return outcome;
  }

  async alterOnce(
    resourceType: number,
    resourceName: string,
    name: string,
    value: string | null,
  ): Promise<string> {
    const { responses } = await this.#client.send(...INCREMENTAL_ALTER_CONFIGS, 1, {
      resources: [
        {
          resourceType,
          resourceName,
          configs: [{ name, configOperation: value === null ? DELETE : SET, value }],
        },
      ],
      validateOnly: false,
    });
    const [answer] = responses;
    return answer?.errorCode === 0
      ? 'NONE'
      : `${errorNameOf(answer?.errorCode ?? -1)} ${answer?.errorMessage ?? ''}`;
  }

  /** The value of one of its configs, as the broker tells it. */
  async told(key: string): Promise<string | null | undefined> {
    const { results } = await this.#client.send(...DESCRIBE_CONFIGS, 4, {
      resources: [{ resourceType: RESOURCE.topic, resourceName: this.name, configurationKeys: [key] }],
    });
    return results[0]?.configs[0]?.value;
  }

  async delete(): Promise<void> {
    await this.#client.send(...DELETE_TOPICS, 3, {
      topics: [],
      topicNames: [this.name],
      timeoutMs: TIMEOUT_MS,
    });
  }

  /** Folders of it that wait for their removal. */
  async foldersAside(): Promise<string> {
    const names = await readdir(this.world.dataDir);
    const aside = names.filter((name) => name.startsWith(`${this.name}-0.`) && name.endsWith('-delete'));
    return `${aside.length} aside`;
  }

  // -------------------------------------------------------------------------------------------- records

  /** Time as the records of this topic have it: it goes on by this much. */
  later(ms: number): number {
    this.#clockMs += ms;
    return this.#clockMs;
  }

  async produce({ bytes = 100, value, key, atMs = this.#clockMs }: Sent = {}): Promise<Produced> {
    const record = {
      key: key === undefined ? null : Buffer.from(key),
      value: value === undefined ? Buffer.alloc(bytes, 'x') : value,
      timestamp: atMs,
    };
    const { responses } = await this.#client.send(...PRODUCE, 8, {
      acks: -1,
      timeoutMs: ACKNOWLEDGE_MS,
      topicData: [
        { name: this.name, partitionData: [{ index: 0, records: buildBatch({ records: [record] }) }] },
      ],
    });
    const answer = responses[0]!.partitionResponses[0]!;
    return {
      error: errorNameOf(answer.errorCode),
      offset: answer.baseOffset,
      appendTimeMs: answer.logAppendTimeMs,
    };
  }

  /** By a consumer of the time before record batches: what it gets must be converted. */
  async fetchOldFormat(): Promise<string> {
    const { responses } = await this.#client.send(...FETCH, 3, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 100_000,
      topics: [
        { topic: this.name, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100_000 }] },
      ],
      forgottenTopicsData: [],
    });
    return errorNameOf(responses[0]?.partitions[0]?.errorCode ?? -1);
  }

  // ---------------------------------------------------------------------------------------------- files

  path(file: string): string {
    return join(this.world.dataDir, `${this.name}-0`, file);
  }

  files(): Promise<string[]> {
    return readdir(join(this.world.dataDir, `${this.name}-0`));
  }

  /** First offsets of its segments. */
  async segments(): Promise<number[]> {
    const names = (await this.files()).filter((name) => name.endsWith('.log'));
    return names.map((name) => Number.parseInt(name, 10)).sort((left, right) => left - right);
  }

  async newestSegment(): Promise<number> {
    return (await this.segments()).at(-1)!;
  }

  async sizeOf(segment: number, suffix: '.log' | '.index'): Promise<number> {
    return (await stat(this.path(fileName(segment, suffix)))).size;
  }

  async bytesOf(segment: number, suffix: '.log' | '.index'): Promise<Buffer> {
    return readFile(this.path(fileName(segment, suffix)));
  }

  async batchAt(offset: number): Promise<RecordBatch | undefined> {
    const segment = (await this.segments()).findLast((first) => first <= offset);
    if (segment === undefined) return undefined;
    const batches = [...batchesOf(await this.bytesOf(segment, '.log'))];
    return batches.find((batch) => batch.baseOffset <= offset && offset <= batch.lastOffset);
  }

  /** Everything up to the offset, it included. */
  async isCleaned(offset: number): Promise<boolean> {
    return (await this.#checkpointed('cleaner-offset-checkpoint')) > offset;
  }

  async isFlushed(offset: number): Promise<boolean> {
    return (await this.#checkpointed('recovery-point-offset-checkpoint')) > offset;
  }

  async #checkpointed(file: string): Promise<number> {
    const text = await readFile(join(this.world.dataDir, file), 'utf8').catch(() => '');
    return Number(new RegExp(`^${this.name} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  }

  // ---------------------------------------------------------------------------------------- leadership

  /** As it was made: nobody leads it, and the ISR is nobody that lives. */
  async loseAgain(): Promise<void> {
    await this.world.zkClient.znodes.setData(
      `/brokers/topics/${this.name}/partitions/0/state`,
      lostState(LOST_EPOCH),
      'any',
    );
    await this.world.reelectController();
  }
}

export function fileName(segment: number, suffix: string): string {
  return `${String(segment).padStart(20, '0')}${suffix}`;
}

/** Asks until the answer is as wanted. */
export async function untilTold(probe: () => Promise<string>, wanted: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const told = await probe();
    if (told === wanted) return;
    if (performance.now() > deadline) throw new Error(`still "${told}", not "${wanted}"`);
    await sleep(10);
  }
}
