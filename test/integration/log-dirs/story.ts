/**
 * What a broker with three log dirs answers about them, and what it leaves in them, while partitions are moved from one
 * to another, turned round, called off and deleted on their way, and at last a dir fails. The same story is told to the
 * original (record.ts) and to Klassik (log-dirs.test.ts).
 *
 * A bound of one byte per second makes moves wait: what one read brings goes through, and everything after it stands
 * still for about ten seconds.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../../src/protocol/messages/34-alter-replica-log-dirs.ts';
import {
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
} from '../../../src/protocol/messages/35-describe-log-dirs.ts';
import { buildBatch } from '../../../src/records/index.ts';
import {
  CREATE_TOPICS,
  DELETE_RECORDS,
  DELETE_TOPICS,
  FETCH,
  INCREMENTAL_ALTER_CONFIGS,
  LIST_OFFSETS,
  METADATA,
  OFFSET_FOR_LEADER_EPOCH,
  PRODUCE,
} from '../bad-input/apis.ts';
import { World } from '../bad-input/world.ts';

const BROKER = 0;
const ORDERS = 'orders';
const SHORT = 'short';
const ABSENT_ID = 'AAAAAAAAAAAAAAAAAAABAQ';
const BOUND = 'replica.alter.log.dirs.io.max.bytes.per.second';
const BROKER_RESOURCE = 4;
const SET = 0;
const DELETE = 1;
/** Five of the batches below. */
const SEGMENT_BYTES = '900';

const ALTER = [AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse] as const;
const DESCRIBE = [DescribeLogDirsRequest, DescribeLogDirsResponse] as const;

/** Of partitions that are written `orders-0`. */
type Moves = Readonly<Record<string, string>>;

class LogDirsWorld {
  readonly world: World;
  /** log.dirs: three folders beside each other. */
  readonly dirs: readonly string[];
  readonly answers: Record<string, unknown> = {};
  #timestamp = 0;

  constructor(world: World, dirs: readonly string[]) {
    this.world = world;
    this.dirs = dirs;
  }

  dir(index: number): string {
    return this.dirs[index] ?? '';
  }

  async note(what: string, answer: Promise<unknown>): Promise<void> {
    this.answers[what] = this.#plain(await answer);
  }

  /** Paths by the number of the dir, sizes of the machine by a word. */
  #plain(value: unknown): unknown {
    const text = JSON.stringify(value, (key, field: unknown) =>
      (key === 'totalBytes' || key === 'usableBytes') && field !== -1 ? '<bytes>' : field,
    );
    const replaced = this.dirs.reduce((plain, dir, index) => plain.replaceAll(dir, `<dir ${index}>`), text);
    return JSON.parse(replaced);
  }

  async alter(moves: Moves, version = 2): Promise<unknown> {
    const dirs = Object.entries(moves).map(([name, path]) => {
      const { topic, partition } = partitionOf(name);
      return { path, topics: [{ name: topic, partitions: [partition] }] };
    });
    const answer = (await this.world.ask(BROKER, ALTER, version, { dirs })) as Altered;
    answer.results.forEach(sortPartitions);
    return answer;
  }

  async describe(topics: readonly string[] | null = [ORDERS, SHORT], version = 4): Promise<unknown> {
    const wanted = topics?.map((topic) => ({ topic, partitions: [0, 1, 2, 7] })) ?? null;
    const answer = (await this.world.ask(BROKER, DESCRIBE, version, { topics: wanted })) as Described;
    // Neither dirs nor partitions come in an order that means anything.
    for (const { topics: told } of answer.results) told.forEach(sortPartitions);
    return { ...answer, results: answer.results.sort((one, other) => (one.logDir < other.logDir ? -1 : 1)) };
  }

  /** The folders of each dir and, of one that is in place, its files. */
  async onDisk(topic: string): Promise<unknown> {
    const found: Record<string, unknown> = {};
    for (const [index, dir] of this.dirs.entries()) {
      for (const folder of (await readdir(dir)).filter((name) => name.startsWith(topic)).sort()) {
        const name = `${index}/${folder.replace(/[0-9a-f]{32}/, '<hex>')}`;
        found[name] = folder.includes('.') ? 'moved aside' : (await readdir(join(dir, folder))).sort();
      }
    }
    return found;
  }

  async checkpoint(index: number, folder: string): Promise<string> {
    return readFile(join(this.dir(index), folder, 'leader-epoch-checkpoint'), 'utf8');
  }

  async untilIn(name: string, index: number): Promise<void> {
    const { topic, partition } = partitionOf(name);
    await this.world.until(`${name} in dir ${index} alone`, async () => {
      const { results } = await this.world.send(BROKER, DESCRIBE, 4, {
        topics: [{ topic, partitions: [partition] }],
      });
      const places = results.filter(({ topics }) => topics.length > 0).map(({ logDir }) => logDir);
      return places.length === 1 && places[0] === this.dir(index);
    });
  }

  async setBound(bytesPerSecond: number | undefined): Promise<void> {
    const config =
      bytesPerSecond === undefined
        ? { name: BOUND, configOperation: DELETE, value: null }
        : { name: BOUND, configOperation: SET, value: String(bytesPerSecond) };
    const { responses } = await this.world.send(BROKER, INCREMENTAL_ALTER_CONFIGS, 1, {
      resources: [{ resourceType: BROKER_RESOURCE, resourceName: String(BROKER), configs: [config] }],
      validateOnly: false,
    });
    if (responses[0]?.errorCode !== 0) throw new Error(`the bound was refused: ${JSON.stringify(responses)}`);
  }

  /** Never the same twice: of several youngest records the first is told. */
  #nextTimestamp(): number {
    this.#timestamp = Math.max(Date.now(), this.#timestamp + 1);
    return this.#timestamp;
  }

  async produce(name: string, batches: number): Promise<void> {
    const { topic, partition } = partitionOf(name);
    for (let count = 0; count < batches; count++)
      await this.world.send(BROKER, PRODUCE, 11, {
        acks: -1,
        timeoutMs: 5000,
        topicData: [
          {
            name: topic,
            partitionData: [
              {
                index: partition,
                records: buildBatch({
                  records: [{ key: null, value: Buffer.alloc(100), timestamp: this.#nextTimestamp() }],
                }),
              },
            ],
          },
        ],
      });
  }

  createTopic(
    name: string,
    partitions: number,
    configs: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    return this.world.ask('controller', CREATE_TOPICS, 7, {
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 30_000,
    });
  }

  async untilLed(topic: string, partitions: number): Promise<void> {
    await this.world.until(`${topic} has leaders`, async () => {
      const asked = { topics: [{ name: topic }], includeTopicAuthorizedOperations: false };
      const { topics } = await this.world.send(BROKER, METADATA, 9, asked);
      return topics[0]?.partitions.filter(({ leaderId }) => leaderId === BROKER).length === partitions;
    });
  }

  /** How a partition is read after a move. */
  async read(name: string): Promise<unknown> {
    const { topic, partition } = partitionOf(name);
    const fetched = await this.world.ask(BROKER, FETCH, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic,
          topicId: ABSENT_ID,
          partitions: [{ partition, fetchOffset: 8, currentLeaderEpoch: -1, partitionMaxBytes: 168 }],
        },
      ],
      forgottenTopicsData: [],
    });
    const offsets: unknown[] = [];
    for (const timestamp of [-1, -2, -3])
      offsets.push(
        await this.world.ask(BROKER, LIST_OFFSETS, 9, {
          replicaId: -1,
          isolationLevel: 0,
          topics: [
            { name: topic, partitions: [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }] },
          ],
        }),
      );
    const epoch = await this.world.ask(BROKER, OFFSET_FOR_LEADER_EPOCH, 4, {
      topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
    });
    // The time of the latest record is of the clock.
    return JSON.parse(
      JSON.stringify([fetched, ...offsets, epoch]).replaceAll(/"timestamp":\d+/g, '"timestamp":0'),
    );
  }
}

interface OfTopic {
  readonly partitions: { readonly partitionIndex: number }[];
}

interface Altered {
  readonly results: OfTopic[];
}

interface Described {
  readonly results: { readonly logDir: string; readonly topics: OfTopic[] }[];
}

function sortPartitions({ partitions }: OfTopic): void {
  partitions.sort((one, other) => one.partitionIndex - other.partitionIndex);
}

function partitionOf(name: string): { readonly topic: string; readonly partition: number } {
  const [, topic = '', partition = ''] = /^(.*)-(\d+)$/.exec(name) ?? [];
  return { topic, partition: Number(partition) };
}

async function beforeAndAfterCreation(story: LogDirsWorld): Promise<void> {
  const [zero, one, two] = story.dirs as readonly [string, string, string];
  await story.note('nothing is here', story.describe());
  await story.note(
    'moves of partitions that are not here',
    story.alter({ 'orders-0': zero, 'orders-1': one, 'orders-2': two, 'short-0': one }),
  );
  await story.createTopic(ORDERS, 3);
  await story.createTopic(SHORT, 1, { 'segment.bytes': SEGMENT_BYTES });
  await story.untilLed(ORDERS, 3);
  await story.untilLed(SHORT, 1);
  await story.note('they were made where they should go', story.describe());
  await story.note('where they are on disk', story.onDisk(ORDERS));
  for (const version of [0, 1, 2, 3])
    await story.note(`described, v${version}`, story.describe([ORDERS], version));
  await story.note('of topics nobody has', story.describe(['nobody']));
  await story.note('of no topics', story.describe([]));
}

async function refusals(story: LogDirsWorld): Promise<void> {
  const [zero, one] = story.dirs as readonly [string, string, string];
  await story.note('to the dir it is in', story.alter({ 'orders-0': zero }));
  await story.note('to a dir that is none', story.alter({ 'orders-0': `${zero}-and-more` }));
  await story.note('to a dir by another spelling', story.alter({ 'orders-0': `${one}/` }));
  await story.note('to a relative path', story.alter({ 'orders-0': 'one' }));
  await story.note('a partition the topic has not', story.alter({ 'orders-7': one }));
  await story.note('a name too long to move', story.alter({ [`${'x'.repeat(249)}-0`]: one }));
  await story.note(
    'several at once',
    story.alter({ 'orders-0': zero, 'orders-9': one, 'nobody-0': one, 'short-0': one }),
  );
  await story.note('nothing at all', story.alter({}));
  for (const version of [0, 1])
    await story.note(`moved, v${version}`, story.alter({ 'orders-0': zero }, version));
  await story.note('nothing has moved', story.describe());
}

async function moves(story: LogDirsWorld): Promise<void> {
  const [, one, two] = story.dirs as readonly [string, string, string];
  for (const name of ['orders-0', 'orders-1', 'orders-2']) await story.produce(name, 10);
  await story.setBound(1);
  await story.note('one read goes through', story.alter({ 'orders-0': one }));
  await story.untilIn('orders-0', 1);
  await story.note('the files it has now', story.onDisk(ORDERS));
  await story.note('its epochs', story.checkpoint(1, 'orders-0'));
  await story.note('how it is read', story.read('orders-0'));
  await story.note('another one waits', story.alter({ 'orders-1': two }));
  await story.note('both logs of it', story.describe([ORDERS]));
  await story.note('both on disk', story.onDisk('orders-1'));
  await story.note('the same move again', story.alter({ 'orders-1': two }));
  await story.note('turned round', story.alter({ 'orders-1': story.dir(0) }));
  await story.note('to another dir', story.describe([ORDERS]));
  await story.note('on disk after it was turned round', story.onDisk('orders-1'));
  await story.note('called off', story.alter({ 'orders-1': one }));
  await story.note('nothing is on its way', story.describe([ORDERS]));
  await story.note('a topic that goes away on its way', story.alter({ 'orders-2': story.dir(0) }));
  await story.world.send('controller', DELETE_TOPICS, 5, {
    topics: [],
    topicNames: [ORDERS],
    timeoutMs: 30_000,
  });
  await story.world.until('the topic is gone', async () => {
    const { results } = (await story.describe([ORDERS])) as Described;
    return results.every(({ topics }) => topics.length === 0);
  });
  await story.note('on disk after it went', story.onDisk('orders-2'));
  await story.setBound(undefined);
}

/** Five segments, of which two are deleted. */
async function shortened(story: LogDirsWorld): Promise<void> {
  await story.produce('short-0', 23);
  await story.world.send(BROKER, DELETE_RECORDS, 2, {
    topics: [{ name: SHORT, partitions: [{ partitionIndex: 0, offset: 7 }] }],
    timeoutMs: 10_000,
  });
  await story.world.until('the first segment is gone', async () => {
    const files = await readdir(join(story.dir(1), 'short-0'));
    return !files.includes('00000000000000000000.log');
  });
  await story.note('a log that does not begin at 0', story.alter({ 'short-0': story.dir(2) }));
  await story.untilIn('short-0', 2);
  await story.note('its size', story.describe([SHORT]));
  await story.note('its files', story.onDisk(SHORT));
  await story.note('its epoch', story.checkpoint(2, 'short-0'));
  await story.note('how it is read after the move', story.read('short-0'));
}

/** The folder of a partition is taken away behind the broker's back; the next segment finds out. */
async function failure(story: LogDirsWorld): Promise<void> {
  const [zero, one, two] = story.dirs as readonly [string, string, string];
  await story.alter({ 'torn-0': zero, 'torn-1': one });
  await story.createTopic('torn', 2, { 'segment.bytes': SEGMENT_BYTES });
  await story.untilLed('torn', 2);
  await story.produce('torn-0', 1);
  await story.produce('torn-1', 1);
  await rm(join(zero, 'torn-0'), { recursive: true });
  await story.world.until('the dir has failed', async () => {
    await story.produce('torn-0', 3);
    const { results } = await story.world.send(BROKER, DESCRIBE, 4, { topics: [] });
    return results.some(({ errorCode }) => errorCode !== 0);
  });
  await story.note('with a dir that failed', story.describe(['torn', SHORT]));
  await story.note('out of the dir that failed', story.alter({ 'torn-0': one }));
  await story.note('into the dir that failed', story.alter({ 'torn-1': zero }));
  await story.note('between the others', story.alter({ 'torn-1': two }));
  await story.note('to where it is', story.alter({ 'torn-1': one }));
}

/** What is asked when, and the answers by what each question says. */
export async function answersOfLogDirs(
  bootstrap: string,
  logDirs: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const story = new LogDirsWorld(await World.open(bootstrap, 1), logDirs);
  await beforeAndAfterCreation(story);
  await refusals(story);
  await moves(story);
  await shortened(story);
  await failure(story);
  return story.answers;
}
