/**
 * The story that kafka-transactions is told, the original's (record.ts) and ours (kafka-transactions.test.ts): one broker
 * without verification, transactions that are open, over, and left hanging, one command after the other, and what each of
 * them printed. The console consumer tells what became of it in `__transaction_state`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../../src/protocol/messages/28-txn-offset-commit.ts';
import { ClusterClient, committedOffsets, createTopic } from '../../../src/tools/client/index.ts';
import { firstMessage, type Printed } from '../../support/original-tool.ts';
import { StoryProducer } from './producers.ts';

export type StoryTool = 'transactions' | 'console-consumer';
export type RunTool = (tool: StoryTool, argv: readonly string[]) => Promise<Printed>;

/** What the broker of the story is configured with, besides. */
export const OVERRIDES = {
  'transaction.partition.verification.enable': 'false',
  'transaction.state.log.num.partitions': '1',
  'offsets.topic.num.partitions': '1',
};

const WAIT_MS = 30_000;
/** How long a command tries to find what is not there; those that find something have all the time they need. */
const COMMAND_TIMEOUT_MS = 3000;
/** What there is none of. */
const IN_VAIN = ['--topic nowhere', '--partition 9', '--broker-id 7'];
const ORDERS = [0, 1].map((partition) => ({ topic: 'orders', partition }));
const PAYMENTS = { topic: 'payments', partition: 0 };

/** Answers by what each step says. */
export async function tellStory(bootstrap: string, run: RunTool): Promise<Record<string, Printed>> {
  const dir = await mkdtemp(join(tmpdir(), 'klassik-transactions-'));
  const client = new ClusterClient({ bootstrapServers: bootstrap.split(',') });
  try {
    const impatient = join(dir, 'impatient.properties');
    await writeFile(
      impatient,
      `default.api.timeout.ms=${COMMAND_TIMEOUT_MS}\nrequest.timeout.ms=${COMMAND_TIMEOUT_MS}\n`,
    );
    await create(client, 'orders', 2);
    await create(client, 'payments', 1);
    await prepare(client);
    const answers = await new Story(bootstrap, run, impatient).tell();
    return { ...answers, 'an offset committed in no transaction': await commitInNone(client) };
  } finally {
    await client.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function prepare(client: ClusterClient): Promise<void> {
  await client.coordinator('loner', 0);
  const [first, second] = ORDERS as [(typeof ORDERS)[0], (typeof ORDERS)[0]];
  const settled = await StoryProducer.start(client, 'settled');
  await settled.add(first);
  await settled.send(first, 2);
  await settled.end('commit');
  const undone = await StoryProducer.start(client, 'undone');
  await undone.add(second, PAYMENTS);
  await undone.send(second, 1);
  await undone.end('abort');
  await StoryProducer.start(client, 'fresh');
  const open = await StoryProducer.start(client, 'open');
  await open.add(first, PAYMENTS, second);
  await open.addOffsets('bookkeeping');
  await open.send(first, 3);
  await open.send(PAYMENTS, 1);
  const hanging = await StoryProducer.start(client, null);
  await hanging.send(PAYMENTS, 2);
  await hanging.send(second, 1);
  const idempotent = await StoryProducer.start(client, null);
  await idempotent.send(second, 2, false);
}

class Story {
  readonly #bootstrap: string;
  readonly #run: RunTool;
  readonly #impatient: string;
  readonly #answers: Record<string, Printed> = {};

  constructor(bootstrap: string, run: RunTool, impatient: string) {
    this.#bootstrap = bootstrap;
    this.#run = run;
    this.#impatient = impatient;
  }

  async tell(): Promise<Record<string, Printed>> {
    await this.#lists();
    await this.#descriptions();
    await this.#producers();
    await this.#searches();
    await this.#aborts();
    await this.#badCommandLines();
    await this.#records();
    return this.#answers;
  }

  async #lists(): Promise<void> {
    await this.#tool('all transactions', 'list');
    await this.#tool('transactions of any duration', 'list --duration-filter -1');
    await this.#tool('transactions that have run for no time', 'list --duration-filter 0');
    await this.#tool('transactions that have run for a century', 'list --duration-filter 3155760000000');
    await this.#tool('transactions that have run for what', 'list --duration-filter long');
  }

  async #descriptions(): Promise<void> {
    for (const id of ['settled', 'undone', 'fresh', 'open', 'nobody'])
      await this.#tool(`the transaction of ${id}`, `describe --transactional-id ${id}`);
    await this.#tool('the transaction of whom', 'describe');
  }

  async #producers(): Promise<void> {
    const describe = (says: string, argv: string): Promise<void> =>
      this.#tool(`producers ${says}`, `describe-producers ${argv}`);
    await describe('of a committed and an open transaction', '--topic orders --partition 0');
    await describe('of an aborted and a hanging transaction', '--topic orders --partition 1');
    await describe('of two open transactions', '--topic payments --partition 0');
    await describe('that the leader knows, by name', '--topic payments --partition 0 --broker-id 0');
    await describe('that a broker knows that is not there', '--topic payments --partition 0 --broker-id 7');
    await describe('of a topic there is none of', '--topic nowhere --partition 0');
    await describe('of a partition there is none of', '--topic orders --partition 9');
    await describe(
      'of a partition there is none of, at a broker',
      '--topic orders --partition 9 --broker-id 0',
    );
    await describe('of a topic that cannot be', '--topic no/where --partition 0');
    await describe('of which topic', '--partition 0');
    await describe('of which partition', '--topic orders');
    await describe('of a partition without a number', '--topic orders --partition x');
  }

  async #searches(): Promise<void> {
    const find = (says: string, argv: string): Promise<void> =>
      this.#tool(`hanging transactions ${says}`, `find-hanging ${argv}`);
    await find('of a topic', '--topic payments');
    await find('of another topic', '--topic orders');
    await find('of a partition', '--topic payments --partition 0');
    await find('of a broker', '--broker-id 0');
    await find('of a topic on a broker', '--topic orders --broker-id 0');
    await find('that are very old', '--topic payments --max-transaction-timeout 100000000');
    await find('of a topic there is none of', '--topic nowhere');
    await find('of a partition there is none of', '--topic orders --partition 9');
    await find('anywhere', '');
    await find('of a partition of what', '--partition 0');
    await find('of a partition of a broker', '--partition 0 --broker-id 0');
    await find('that are how old', '--topic orders --max-transaction-timeout old');
  }

  async #aborts(): Promise<void> {
    const abort = (says: string, argv: string): Promise<void> => this.#tool(`abort ${says}`, `abort ${argv}`);
    await abort('what', '');
    await abort('in which partition', '--topic orders');
    await abort('which transaction', '--topic orders --partition 0');
    await abort('from where there is none', '--topic payments --partition 0 --start-offset 100');
    await abort('from no offset', '--topic payments --partition 0 --start-offset x');
    await abort('in a topic there is none of', '--topic nowhere --partition 0 --start-offset 0');
    await abort('without an epoch', '--topic payments --partition 0 --producer-id 4');
    await abort(
      "without a coordinator's epoch",
      '--topic payments --partition 0 --producer-id 4 --producer-epoch 0',
    );
    await abort(
      'with an epoch too large',
      '--topic payments --partition 0 --producer-id 4 --producer-epoch 40000',
    );
    const { out } = await this.#run(
      'transactions',
      this.#argv('describe-producers --topic payments --partition 0'),
    );
    const [, start = ''] = /^4 .*\t(\d+) +\t$/m.exec(out) ?? [];
    await abort('the hanging one', `--topic payments --partition 0 --start-offset ${start}`);
    await this.#tool('producers after that', 'describe-producers --topic payments --partition 0');
    await this.#tool('hanging transactions after that', 'find-hanging --topic payments');
    await abort(
      'the other, as at older brokers',
      '--topic orders --partition 1 --producer-id 4 --producer-epoch 0 --coordinator-epoch -1',
    );
    await this.#tool('producers after that as well', 'describe-producers --topic orders --partition 1');
    await abort(
      'with an epoch of the past',
      '--topic orders --partition 0 --producer-id 3 --producer-epoch -1 --coordinator-epoch 0',
    );
    await abort(
      'what nobody began',
      '--topic orders --partition 0 --producer-id 900 --producer-epoch 3 --coordinator-epoch 0',
    );
    await this.#tool('producers after all', 'describe-producers --topic orders --partition 0');
  }

  async #badCommandLines(): Promise<void> {
    await this.#tool('no command', '');
    await this.#tool('a command there is none of', 'delete');
    await this.#tool('an option of another command', 'list --topic orders');
    await this.#tool('an option without its value', 'describe --transactional-id');
    await this.#tool('two words too many', 'list orders payments');
    const says = 'no broker';
    this.#answers[says] = normalized(await this.#run('transactions', ['list']));
  }

  async #records(): Promise<void> {
    const consume = async (says: string, formatter: string, count: number): Promise<void> => {
      const where = `--topic __transaction_state --partition 0 --offset earliest --max-messages ${count}`;
      const argv = ['--bootstrap-server', this.#bootstrap, ...where.split(' '), '--formatter', formatter];
      const { exitCode, out, err } = normalized(await this.#run('console-consumer', argv));
      // The original writes one record behind the other; ours begins a new line for each.
      const records = out.trim().split(/\n|(?<=\})(?=\{)/);
      this.#answers[says] = { exitCode, out: records.join('\n'), err };
    };
    await consume(
      'records of transactions',
      'org.apache.kafka.tools.consumer.TransactionLogMessageFormatter',
      RECORDS_WRITTEN,
    );
    await consume(
      'records of transactions by the older name',
      'kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter',
      RECORDS_WRITTEN,
    );
  }

  async #tool(says: string, argv: string): Promise<void> {
    if (says in this.#answers) throw new Error(`two steps say ${says}`);
    this.#answers[says] = normalized(await this.#run('transactions', this.#argv(argv)));
  }

  #argv(argv: string): string[] {
    const words = argv.split(' ').filter((word) => word !== '');
    const isInVain = IN_VAIN.some((option) => ` ${argv} `.includes(` ${option} `));
    const config = isInVain ? ['--command-config', this.#impatient] : [];
    return ['--bootstrap-server', this.#bootstrap, ...config, ...words];
  }
}

/** What TxnOffsetCommit of no producer is answered where nothing is verified, and which offset is committed then. */
async function commitInNone(client: ClusterClient): Promise<Printed> {
  const [{ topic, partition }] = ORDERS as [(typeof ORDERS)[0]];
  const { topics } = await client.toBroker(
    0,
    { request: TxnOffsetCommitRequest, response: TxnOffsetCommitResponse },
    {
      transactionalId: 'none',
      groupId: 'loner',
      producerId: -1,
      producerEpoch: -1,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: partition, committedOffset: 3, committedMetadata: '' }],
        },
      ],
    },
  );
  const committed = await committedOffsets(client, 'loner');
  return { exitCode: 0, out: JSON.stringify({ topics, committed: [...committed] }), err: '' };
}

/** Two lives of four records each, one that only began, one that is open. */
const RECORDS_WRITTEN = 4 + 4 + 1 + 3;

/** Without how to use a tool, and what differs from day to day: times after the 2010s, and how long ago they were. */
function normalized({ exitCode, out, err }: Printed): Printed {
  return {
    exitCode,
    out: out
      .replaceAll(/\b(1[6-9]|[2-9]\d)\d{11}\b/g, '<now>')
      .replaceAll(/(<now> {16}\t)\d+ */g, '$1<duration>')
      .replaceAll(/(\b15\d{11}\t)(?=.{13}\t)\d+ *\t/g, '$1<minutes>'),
    err: whyItFailed(err),
  };
}

/**
 * Nothing of what is logged; a refused command line, which the original breaks where it likes, in one line. What a call
 * was waiting for when its time was over depends on how busy the machine is.
 */
function whyItFailed(err: string): string {
  const [, refusal] = /kafka-transactions\.sh: error: (.*)$/.exec(err.replaceAll(/\s+/g, ' ').trim()) ?? [];
  if (refusal !== undefined) return refusal;
  const said = err.split('\n').filter((line) => !/^\[\d{4}-|^\s|^(org|java)\./.test(line));
  return firstMessage(said.join('\n')).replace(
    /Timed out waiting (for a node assignment|to send the call)\. Call: [^.]*|Call\(callName=.* attempt\(s\)/,
    '<the call timed out>',
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
