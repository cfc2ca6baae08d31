/**
 * The story that the tools which move partitions and leaders are told, the original's (record.ts) and ours
 * (moves.test.ts): three brokers 0, 1 and 2, a few topics, one command after the other, and what each of them printed.
 * There is no broker 9: a move that keeps it never ends.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PartitionMap } from '../../../src/common/index.ts';
import {
  alterReassignments,
  ClusterClient,
  createTopic,
  currentReassignments,
  describeLogDirs,
} from '../../../src/tools/client/index.ts';

export type ToolName = 'reassign-partitions' | 'leader-election' | 'features' | 'cluster';

/** What a tool printed, and how it ended. */
export interface Printed {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export type RunTool = (tool: ToolName, argv: readonly string[]) => Promise<Printed>;

const LAYOUTS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  still: [
    [0, 1],
    [1, 2],
  ],
  turned: [[0, 1]],
  kept: [[0, 9]],
  lone: [[1]],
};

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly log_dirs?: readonly string[];
}

const WAIT_MS = 30_000;

/** Answers by what each step says. */
export async function tellStory(bootstrap: string, run: RunTool): Promise<Record<string, Printed>> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-moves-'));
  const client = new ClusterClient({ bootstrapServers: bootstrap.split(',') });
  try {
    return await new Story(bootstrap, run, dir, client).tell();
  } finally {
    await client.close();
    await rm(dir, { recursive: true, force: true });
  }
}

class Story {
  readonly #bootstrap: string;
  readonly #run: RunTool;
  readonly #dir: string;
  readonly #client: ClusterClient;
  readonly #answers: Record<string, Printed> = {};
  #logDir = '';

  constructor(bootstrap: string, run: RunTool, dir: string, client: ClusterClient) {
    this.#bootstrap = bootstrap;
    this.#run = run;
    this.#dir = dir;
    this.#client = client;
  }

  async tell(): Promise<Record<string, Printed>> {
    for (const [name, layout] of Object.entries(LAYOUTS)) await this.#create(name, layout);
    this.#logDir = (await describeLogDirs(this.#client, 1))[0]?.path ?? '';
    await this.#moves();
    await this.#badPlans();
    await this.#heldMove();
    await this.#logDirs();
    await this.#proposals();
    await this.#elections();
    await this.#others();
    return this.#answers;
  }

  async #moves(): Promise<void> {
    await this.#reassign('nothing moves yet', ['--list']);
    await this.#plan('a move', '--execute', [{ topic: 'still', partition: 0, replicas: [1, 2] }]);
    await this.#settled();
    await this.#plan('a move that is through', '--verify', [
      { topic: 'still', partition: 0, replicas: [1, 2] },
    ]);
    await this.#plan(
      'a move that nobody began',
      '--verify',
      [
        { topic: 'still', partition: 0, replicas: [0, 2] },
        { topic: 'nowhere', partition: 0, replicas: [0] },
      ],
      ['--preserve-throttles'],
    );
    await this.#plan(
      'two moves, slowed down',
      '--execute',
      [
        { topic: 'turned', partition: 0, replicas: [1, 0] },
        { topic: 'still', partition: 1, replicas: [2, 0] },
      ],
      ['--throttle', '10000000', '--replica-alter-log-dirs-throttle', '2000000'],
    );
    await this.#settled();
    await this.#plan('two moves that are through', '--verify', [
      { topic: 'turned', partition: 0, replicas: [1, 0] },
      { topic: 'still', partition: 1, replicas: [2, 0] },
    ]);
    await this.#plan('nothing to call off', '--cancel', [{ topic: 'still', partition: 0, replicas: [1, 2] }]);
  }

  async #badPlans(): Promise<void> {
    const still = { topic: 'still', partition: 0, replicas: [0, 1] };
    await this.#plan('no partition', '--execute', []);
    await this.#plan('no replica', '--execute', [{ ...still, replicas: [] }]);
    await this.#plan('a partition twice', '--execute', [still, still]);
    await this.#plan('a replica twice', '--execute', [{ ...still, replicas: [1, 1] }]);
    await this.#plan('a broker there is none of', '--execute', [{ ...still, replicas: [1, 9] }]);
    await this.#plan('a topic there is none of', '--execute', [{ ...still, topic: 'nowhere' }]);
    await this.#plan('a partition there is none of', '--execute', [{ ...still, partition: 7 }]);
    await this.#plan('too few log dirs', '--execute', [{ ...still, log_dirs: ['any'] }]);
    await this.#file('another version', '--execute', '{"version":2,"partitions":[]}');
    await this.#file('a field missing', '--execute', '{"partitions":[{"topic":"still"}]}');
    await this.#reassign('no action', []);
    await this.#reassign('two actions', ['--list', '--verify']);
    await this.#reassign('no file', ['--execute']);
    await this.#reassign('an option of another action', ['--list', '--throttle', '1000']);
  }

  async #heldMove(): Promise<void> {
    const held = { topic: 'kept', partition: 0, replicas: [9, 1] };
    await alterReassignments(this.#client, new PartitionMap<readonly number[]>().set('kept', 0, [9, 1]));
    await this.#reassign('a move that cannot end, listed', ['--list']);
    await this.#plan('a move that cannot end, verified', '--verify', [held]);
    const still = [{ topic: 'still', partition: 0, replicas: [0, 1] }];
    await this.#plan('another beside it', '--execute', still);
    await this.#plan('another beside it, on purpose', '--execute', still, ['--additional']);
    await this.#plan('a move that cannot end, called off', '--cancel', [held], ['--preserve-throttles']);
    await this.#settled();
  }

  async #logDirs(): Promise<void> {
    const row = { topic: 'still', partition: 0, replicas: [0, 1] };
    const there = [{ ...row, log_dirs: ['any', this.#logDir] }];
    const nowhere = [{ ...row, log_dirs: ['any', '/nowhere'] }];
    await this.#plan('a replica in its dir', '--verify', there, ['--preserve-throttles']);
    await this.#plan('a replica in another dir', '--verify', nowhere, ['--preserve-throttles']);
    await this.#plan('a move to the dir it is in', '--execute', there);
    await this.#settled();
    await this.#plan('a move to a dir there is none of', '--execute', nowhere);
    await this.#settled();
  }

  async #proposals(): Promise<void> {
    const file = await this.#write('{"topics":[{"topic":"lone"}],"version":1}');
    const generate = (says: string, brokers: string): Promise<void> =>
      this.#reassign(says, ['--generate', '--topics-to-move-json-file', file, '--broker-list', brokers]);
    await generate('a proposal', '2');
    await generate('a proposal with a broker twice', '2,2');
    await generate('a proposal without a live broker', '9');
    const unknown = await this.#write('{"topics":[{"topic":"nowhere"}]}');
    await this.#reassign('a proposal for no topic', [
      '--generate',
      '--topics-to-move-json-file',
      unknown,
      '--broker-list',
      '1',
    ]);
  }

  async #elections(): Promise<void> {
    const turned = ['--topic', 'turned', '--partition', '0'];
    const elect = (says: string, argv: readonly string[], type = 'preferred'): Promise<void> =>
      this.#tool(says, 'leader-election', ['--election-type', type, ...argv]);
    await elect('a preferred leader', turned);
    await elect('a preferred leader again', turned);
    await elect('an unclean leader without need', turned, 'UNCLEAN');
    await elect('a leader of a dead replica', ['--topic', 'kept', '--partition', '0']);
    await elect('a leader of nothing', ['--topic', 'nowhere', '--partition', '0']);
    const file = await this.#write(
      '{"partitions":[{"topic":"turned","partition":0},{"topic":"kept","partition":0}]}',
    );
    await elect('leaders as a file says', ['--path-to-json-file', file]);
    const twice = await this.#write(
      '{"partitions":[{"topic":"still","partition":0},{"topic":"still","partition":0}]}',
    );
    await elect('a leader twice', ['--path-to-json-file', twice]);
    await elect('leaders of a file without partitions', ['--path-to-json-file', await this.#write('{}')]);
    await elect('a leader, of which partition', ['--topic', 'turned']);
    await elect('leaders of what', []);
    await elect('a leader of which kind', turned, 'other');
    await this.#tool('an election of which kind', 'leader-election', turned);
  }

  async #others(): Promise<void> {
    await this.#tool('the id of the cluster', 'cluster', ['cluster-id'], true);
    await this.#tool('a broker is unregistered', 'cluster', ['unregister', '--id', '0'], true);
    const features = (says: string, argv: readonly string[]): Promise<void> =>
      this.#tool(says, 'features', argv);
    await features('the features', ['describe']);
    await features('a feature is upgraded', ['upgrade', '--feature', 'metadata.version=5']);
    await features('a feature is downgraded', ['downgrade', '--feature', 'metadata.version=5', '--dry-run']);
    await features('a feature is disabled', ['disable', '--feature', 'some.feature']);
    await features('no feature is upgraded', ['upgrade']);
    await features('a feature of no level is upgraded', ['upgrade', '--feature', 'some.feature']);
    await features('a feature of a wrong level is upgraded', ['upgrade', '--feature', 'some.feature=high']);
  }

  async #plan(
    says: string,
    action: string,
    partitions: readonly Row[],
    more: readonly string[] = [],
  ): Promise<void> {
    await this.#file(says, action, JSON.stringify({ version: 1, partitions }), more);
  }

  async #file(says: string, action: string, text: string, more: readonly string[] = []): Promise<void> {
    const file = await this.#write(text);
    await this.#reassign(says, [action, '--reassignment-json-file', file, ...more]);
  }

  #reassign(says: string, argv: readonly string[]): Promise<void> {
    return this.#tool(says, 'reassign-partitions', argv);
  }

  /** Of some tools the command comes first, of others the option. */
  async #tool(says: string, tool: ToolName, argv: readonly string[], optionLast = false): Promise<void> {
    const option = ['--bootstrap-server', this.#bootstrap];
    const printed = await this.#run(tool, optionLast ? [...argv, ...option] : [...option, ...argv]);
    this.#answers[says] = normalized(printed, this.#logDir);
  }

  async #write(text: string): Promise<string> {
    const file = join(this.#dir, 'file.json');
    await writeFile(file, text);
    return file;
  }

  async #create(name: string, layout: readonly (readonly number[])[]): Promise<void> {
    await createTopic(this.#client, {
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: new Map(layout.entries()),
      configs: {},
    });
    await this.#until(`all of ${name} is led`, async () => {
      const { topics } = await this.#client.metadata([name]);
      const live = (ids: readonly number[]): number => ids.filter((id) => id !== 9).length;
      return (
        topics[0]?.partitions.length === layout.length &&
        topics[0].partitions.every(
          (row) => row.leaderId >= 0 && row.isrNodes.length === live(row.replicaNodes),
        )
      );
    });
  }

  #settled(): Promise<void> {
    return this.#until(
      'all moves are through',
      async () => (await currentReassignments(this.#client, null)).length === 0,
    );
  }

  async #until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (!(await condition())) {
      if (performance.now() > deadlineMs) throw new Error(`it never came true that ${what}`);
      await sleep(50);
    }
  }
}

/**
 * Without stack traces, how to use a tool, and what differs from cluster to cluster. Of an error the first line counts;
 * argparse4j prints its usage before it.
 */
function normalized({ exitCode, out, err }: Printed, logDir: string): Printed {
  return {
    exitCode,
    out: out
      .replace(/^(Error: .*)\n[^]*/m, '$1')
      .replaceAll(logDir, '<log dir>')
      .replace(/^Cluster ID: .*/, 'Cluster ID: <cluster>'),
    err: firstLine(err),
  };
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.trim() ?? '';
}
