/**
 * The story that kafka-consumer-groups is told, the original's (record.ts) and ours (consumer-groups.test.ts): one broker,
 * two topics, groups with and without members, one command after the other, and what each of them printed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { alterOffsets, ClusterClient, createTopic, GroupMember } from '../../../src/tools/client/index.ts';
import { firstMessage, type Printed } from '../../support/original-tool.ts';

export type RunTool = (argv: readonly string[]) => Promise<Printed>;

const TOPICS: Readonly<Record<string, number>> = { orders: 2, notes: 1 };
const FIRST_RECORD_MS = Date.UTC(2020, 0, 1);
const HOUR_MS = 3_600_000;
/** Members beat no heart while the story lasts. */
const SESSION_MS = 20 * 60_000;
const WAIT_MS = 30_000;

/** Answers by what each step says. */
export async function tellStory(bootstrap: string, run: RunTool): Promise<Record<string, Printed>> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-groups-'));
  const client = new ClusterClient({ bootstrapServers: bootstrap.split(',') });
  const members = [null, 'place'].map(
    (groupInstanceId) =>
      new GroupMember(client, {
        groupId: groupInstanceId === null ? 'busy' : 'placed',
        groupInstanceId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: 5000,
        topics: () => Promise.resolve(groupInstanceId === null ? ['orders'] : ['notes', 'orders']),
      }),
  );
  try {
    for (const [name, partitions] of Object.entries(TOPICS)) await create(client, name, partitions);
    await produce(client, 0, [0, 1, 2, 3]);
    await produce(client, 1, [0]);
    await alterOffsets(client, 'idle', [
      { topic: 'orders', partition: 0, offset: 1 },
      { topic: 'orders', partition: 1, offset: 1 },
    ]);
    await alterOffsets(client, 'other', [{ topic: 'orders', partition: 0, offset: 2 }]);
    await alterOffsets(client, 'elsewhere', [{ topic: 'notes', partition: 0, offset: 0 }]);
    for (const member of members) await member.join();
    await members[0]?.commit([{ topic: 'orders', partition: 0, offset: 3 }]);
    return await new Story(bootstrap, run, dir).tell();
  } finally {
    await client.close();
    await rm(dir, { recursive: true, force: true });
  }
}

class Story {
  readonly #bootstrap: string;
  readonly #run: RunTool;
  readonly #dir: string;
  readonly #answers: Record<string, Printed> = {};

  constructor(bootstrap: string, run: RunTool, dir: string) {
    this.#bootstrap = bootstrap;
    this.#run = run;
    this.#dir = dir;
  }

  async tell(): Promise<Record<string, Printed>> {
    await this.#lists();
    await this.#descriptions();
    await this.#plans();
    await this.#files();
    await this.#badResets();
    await this.#deletedOffsets();
    await this.#deletions();
    await this.#badCommandLines();
    return this.#answers;
  }

  async #lists(): Promise<void> {
    await this.#tool('all groups', '--list');
    await this.#tool('all groups with their states', '--list --state');
    await this.#tool('groups in some states', '--list --state stable,Empty');
    await this.#tool('groups in a state none is in', '--list --state Dead');
    await this.#tool('groups in a state there is none of', '--list --state Odd');
    await this.#tool('groups with their types', '--list --type');
    await this.#tool('groups of a type, with states', '--list --type classic --state');
    await this.#tool('groups of another type', '--list --type consumer');
    await this.#tool('groups of a type there is none of', '--list --type odd');
  }

  async #descriptions(): Promise<void> {
    const describe = (says: string, argv: string): Promise<void> => this.#tool(says, `--describe ${argv}`);
    await describe('offsets of a group without members', '--group idle');
    await describe('offsets of a group with a member', '--group busy --offsets');
    await describe('offsets of a static member', '--group placed');
    await describe('offsets of a group there is none of', '--group nobody');
    await describe('offsets of two groups', '--group other --group elsewhere');
    await describe('offsets of all groups', '--all-groups');
    await describe('members', '--group busy --members');
    await describe('members and what they read', '--group busy --members --verbose');
    await describe('a static member and what it reads', '--group placed --members --verbose');
    await describe('members of a group that has none', '--group idle --members');
    await describe('members of a group there is none of', '--group nobody --members');
    await describe('the state of a group', '--group busy --state');
    await describe('the state of a group without members', '--group idle --state');
    await describe('the state of a group there is none of', '--group nobody --state');
    await describe('states of two groups', '--group idle --group busy --state --verbose');
    await describe('a description of what', '');
    await describe('two descriptions at once', '--group idle --members --offsets');
    await describe('a description in a state', '--group idle --state stable');
  }

  async #plans(): Promise<void> {
    const plan = (says: string, argv: string): Promise<void> =>
      this.#tool(says, `--reset-offsets --group idle ${argv} --dry-run`);
    await plan('to the earliest', '--topic orders --to-earliest');
    await plan('to the latest', '--topic orders --to-latest');
    await plan('to where it is', '--topic orders --topic notes --to-current');
    await plan('to an offset', '--topic orders:0 --to-offset 2');
    await plan('to an offset that is too high for one', '--topic orders:1,0 --to-offset 3');
    await plan('forward', '--topic orders:0 --shift-by 2');
    await plan('too far back', '--all-topics --shift-by -7');
    await plan('to a time', '--topic orders --to-datetime 2020-01-01T01:30:00.000Z');
    await plan('to a time with an offset', '--all-topics --to-datetime 2020-01-01T02:30:00.000+01:00');
    await plan('to a time in an empty topic', '--topic notes --to-datetime 2020-01-01T01:30:00.000Z');
    await plan('back by a duration', '--all-topics --by-duration P10000D');
    await plan('back by hardly any duration', '--topic orders:0 --by-duration PT1M');
    await plan('to the earliest, as a file', '--all-topics --to-earliest --export');
    await this.#tool(
      'for all groups, as a file',
      '--reset-offsets --all-groups --topic orders:0 --to-latest --dry-run --export',
    );
    await this.#tool(
      'for a group with members',
      '--reset-offsets --group busy --all-topics --to-latest --execute',
    );
    await this.#tool(
      'for a group there is none of',
      '--reset-offsets --group fresh --topic orders --to-latest --dry-run',
    );
    await this.#tool(
      'for two groups',
      '--reset-offsets --group idle --group other --all-topics --to-latest --dry-run',
    );
    await this.#tool('without a word on what to do', '--reset-offsets --group idle --all-topics --to-latest');
    await this.#tool('done', '--reset-offsets --group idle --topic orders:0 --to-earliest --execute');
    await this.#tool(
      'done, for a new group',
      '--reset-offsets --group fresh --topic orders --to-latest --execute',
    );
    await this.#tool('what was done', '--describe --group idle --group fresh');
  }

  async #files(): Promise<void> {
    const from = async (says: string, text: string, argv = '--group idle'): Promise<void> => {
      const file = join(this.#dir, 'plan.csv');
      await writeFile(file, text);
      await this.#tool(says, `--reset-offsets ${argv} --from-file ${file} --dry-run`);
    };
    await from('from a file', 'orders,0,2\norders,1,1\n');
    await from(
      'from a file with groups',
      'idle,orders,0,2\nother,orders,0,1\n',
      '--group idle --group other',
    );
    await from('from a file with names in quotes', '"orders",0,2\n');
    await from('from a file without the group', 'other,orders,0,2\n', '--group idle --group other');
    await from('from a file with too high an offset', 'orders,0,99\n');
  }

  async #badResets(): Promise<void> {
    const reset = (says: string, argv: string): Promise<void> =>
      this.#tool(says, `--reset-offsets --group idle ${argv} --dry-run`);
    await reset('a reset without a scope', '--to-latest');
    await reset('a reset to nowhere', '--all-topics');
    await reset('a reset to two places', '--all-topics --to-latest --to-earliest');
    await reset('a reset that is done and not done', '--all-topics --to-latest --execute');
    await reset('a reset of a topic there is none of', '--topic nowhere --to-latest');
    await reset('a reset of a partition without a number', '--topic orders:x --to-latest');
    await reset('a reset of no partition', '--topic orders: --to-latest');
    await reset('a shift from nowhere', '--topic notes --shift-by 1');
    await reset('a reset to no time', '--all-topics --to-datetime yesterday');
    await reset('a reset by no duration', '--all-topics --by-duration yesterday');
    await this.#tool('a reset of what', '--reset-offsets --all-topics --to-latest --dry-run');
  }

  async #deletedOffsets(): Promise<void> {
    const remove = (says: string, argv: string): Promise<void> =>
      this.#tool(says, `--delete-offsets ${argv}`);
    await remove('offsets that are deleted', '--group other --topic orders:0');
    await remove('offsets of a whole topic', '--group idle --topic orders');
    await remove('offsets that a member reads', '--group busy --topic orders:0');
    await remove('offsets that no member reads', '--group busy --topic notes');
    await remove('offsets of a topic there is none of', '--group idle --topic nowhere');
    await remove('offsets of a partition there is none of', '--group elsewhere --topic notes:9');
    await remove('offsets in a group there is none of', '--group nobody --topic orders:0');
    await remove('offsets of which topic', '--group idle');
  }

  async #deletions(): Promise<void> {
    const remove = (says: string, argv: string): Promise<void> => this.#tool(says, `--delete ${argv}`);
    await remove('a group with a member', '--group busy');
    await remove('a group there is none of', '--group nobody');
    await remove('a group without members', '--group elsewhere');
    await remove('some that can be deleted and some that cannot', '--group fresh --group busy');
    await remove('which group', '');
    await remove('a group and a topic', '--group idle --topic orders');
    await remove('all there are', '--all-groups');
    await this.#tool('what is left', '--list --state');
  }

  async #badCommandLines(): Promise<void> {
    await this.#tool('no action', '--group idle');
    await this.#tool('two actions', '--list --delete --group idle');
    await this.#tool('a group and all groups', '--describe --group idle --all-groups');
    await this.#tool('a list of a group', '--list --group idle');
  }

  async #tool(says: string, argv: string): Promise<void> {
    const words = argv.split(' ').filter((word) => word !== '');
    if (says in this.#answers) throw new Error(`two steps say ${says}`);
    this.#answers[says] = normalized(await this.#run(['--bootstrap-server', this.#bootstrap, ...words]));
  }
}

/** Without stack traces, how to use a tool, and what differs from cluster to cluster. Of an error the first line counts. */
function normalized({ exitCode, out, err }: Printed): Printed {
  return {
    exitCode,
    out: out
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
      .replaceAll(/\S+:\d+ {2}\(0\) */g, '<coordinator> '),
    err: firstMessage(err),
  };
}

async function produce(client: ClusterClient, partition: number, hours: readonly number[]): Promise<void> {
  const records = buildBatch({
    records: hours.map((hour) => ({
      key: null,
      value: Buffer.from(`record of hour ${hour}`),
      timestamp: FIRST_RECORD_MS + hour * HOUR_MS,
    })),
  });
  await client.retry(() =>
    client.toBroker(
      0,
      { request: ProduceRequest, response: ProduceResponse },
      {
        transactionalId: null,
        acks: -1,
        timeoutMs: WAIT_MS,
        topicData: [{ name: 'orders', partitionData: [{ index: partition, records }] }],
      },
    ),
  );
}

async function create(client: ClusterClient, name: string, numPartitions: number): Promise<void> {
  await createTopic(client, {
    name,
    numPartitions,
    replicationFactor: 1,
    assignments: new Map<number, readonly number[]>(),
    // Its records are old.
    configs: { 'retention.ms': '-1' },
  });
  const deadlineMs = performance.now() + WAIT_MS;
  for (;;) {
    const { topics } = await client.metadata([name]);
    const partitions = topics[0]?.partitions ?? [];
    if (partitions.length === numPartitions && partitions.every(({ leaderId }) => leaderId >= 0)) return;
    if (performance.now() > deadlineMs) throw new Error(`${name} has no leader`);
    await sleep(50);
  }
}
