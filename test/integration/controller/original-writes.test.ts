/**
 * The controller's writes to ZooKeeper, one by one, against those the original made in the same story
 * (the original-*.txt files). Equal but for one thing: which of several partitions comes first within one step follows
 * Scala's hash order there and the partition numbers here, and no reader can tell.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { PartitionMap } from '../../../src/common/index.ts';
import { freshZooKeeper, type FreshZooKeeper } from '../../support/zookeeper.ts';
import type { MultiOp, ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { eventually, FakeBroker } from './fake-broker.ts';

jest.setTimeout(90_000);

const ORIGINAL = new URL('original-writes.txt', import.meta.url);
const ORIGINAL_MOVES = new URL('original-moves.txt', import.meta.url);
const ORIGINAL_DELETION_OF_MOVING = new URL('original-deletion-of-moving.txt', import.meta.url);
const PARTITIONS = [0, 1, 2, 3, 4];

let zookeeper: FreshZooKeeper;
let brokers: FakeBroker[] = [];
let writes: string[] = [];

beforeEach(async () => {
  zookeeper = await freshZooKeeper();
  writes = [];
});
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.stop()));
  brokers = [];
  await zookeeper.close();
});

async function start(id: number): Promise<FakeBroker> {
  const broker = await FakeBroker.start(id, zookeeper.connect);
  const { client } = broker.zk;
  const retry = client.retryUntilConnected.bind(client);
  client.retryUntilConnected = (call) => retry((session) => call(recorded(session)));
  brokers.push(broker);
  await broker.controller.startup();
  return broker;
}

/** The session, with its successful writes and its transactions written down. */
function recorded(session: ZooKeeperSession): ZooKeeperSession {
  const note = (...ops: readonly string[]): void => {
    const line = ops.join('; ');
    if (/orders|plain|moved|moving|controller/.test(line)) writes.push(line);
  };
  return new Proxy(session, {
    get(target, property) {
      switch (property) {
        case 'create':
          return async (...call: Parameters<ZooKeeperSession['create']>) => {
            const created = await target.create(...call);
            note(told('create', call[0], call[1]));
            return created;
          };
        case 'setData':
          return async (...call: Parameters<ZooKeeperSession['setData']>) => {
            const stat = await target.setData(...call);
            note(told('setData', call[0], call[1]));
            return stat;
          };
        case 'multi':
          return async (ops: readonly MultiOp[]) => {
            const result = await target.multi(ops);
            const lines = ops.map((op) => told(op.op, op.path, 'data' in op ? op.data : null));
            note(...(result.ok ? lines : [lines[0]!, 'error']));
            return result;
          };
        default: {
          const value: unknown = Reflect.get(target, property);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        }
      }
    },
  });
}

function told(op: string, path: string, data: Buffer | null): string {
  const text = (data?.toString() ?? '')
    .replace(/"timestamp":"\d+"/, '"timestamp":"T"')
    .replace(/"topic_id":"[^"]+"/, '"topic_id":"ID"');
  return `${op} ${path} ${text}`.trim();
}

/** Lines that follow each other and differ only in the partition and its state, sorted. */
function regardlessOfPartitionOrder(lines: readonly string[]): string[][] {
  const runs: { kind: string; lines: string[] }[] = [];
  for (const line of lines) {
    const kind = line.replace(/\{.*/, '').replace(/\d+/g, 'N');
    const last = runs.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else runs.push({ kind, lines: [line] });
  }
  return runs.map((run) => run.lines.sort());
}

async function untilAll(
  broker: FakeBroker,
  what: string,
  check: (leader: number, isr: readonly number[]) => boolean,
): Promise<void> {
  await eventually(what, async () => {
    const partitions = PARTITIONS.map((partition) => ({ topic: 'orders', partition }));
    const states = [...(await broker.zk.partitions.getTopicPartitionStates(partitions)).values()];
    return states.every(({ leader, isr }) => check(leader, isr)) ? true : undefined;
  });
}

async function die(broker: FakeBroker): Promise<void> {
  brokers = brokers.filter((other) => other !== broker);
  await broker.stop();
}

test('a topic is made, grows, loses brokers and a controller, and is deleted: the writes are the original ones', async () => {
  const first = await start(0);
  const second = await start(1);
  const third = await start(2);
  await eventually('all are known', () => first.metadataCache.aliveBrokerIds().length === 3);

  const layout = [
    [1, 2, 0],
    [2, 0, 1],
    [0, 1, 2],
  ];
  const assignments = layout.map((brokerIds, partitionIndex) => ({ brokerIds, partitionIndex }));
  const topic = { name: 'orders', numPartitions: -1, replicationFactor: -1, assignments, configs: [] };
  const options = { timeoutMs: 20_000, validateOnly: false };
  await first.adminManager.createTopics([topic], options);
  await first.adminManager.createPartitions([{ name: 'orders', count: 5, assignments: null }], options);

  await die(third);
  await untilAll(first, 'broker 2 left all ISRs', (leader, isr) => leader !== 2 && !isr.includes(2));
  await die(first);
  await untilAll(second, 'broker 1 leads alone', (leader, isr) => leader === 1 && isr.length === 1);
  await eventually(
    'the new controller has finished',
    () => writes.at(-1) === 'check /controller_epoch; error',
  );

  await second.zk.topics.createDeleteTopicPath('orders');
  await untilAll(second, 'nobody leads', (leader) => leader === -1);
  const returned = await start(2);
  await eventually('broker 2 deleted its replicas', () =>
    returned.received.some(({ api }) => api === 'StopReplica'),
  );
  await start(0);
  await eventually(
    'the topic is gone',
    async () => (await second.zk.topics.getTopicDeletions()).length === 0,
  );

  expect(regardlessOfPartitionOrder(writes)).toEqual(regardlessOfPartitionOrder(linesOf(ORIGINAL)));
});

function linesOf(file: URL): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

test('partitions are moved, one at once and one when its new replica has caught up: the writes are the original ones', async () => {
  const first = await start(0);
  await start(1);
  await start(2);
  await eventually('all are known', () => first.metadataCache.aliveBrokerIds().length === 3);
  const topics = Object.entries({ plain: [0, 1, 2], moved: [0, 2] }).map(([name, brokerIds]) => ({
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds }],
    configs: [],
  }));
  await first.adminManager.createTopics(topics, { timeoutMs: 20_000, validateOnly: false });
  writes = [];

  const move = (topic: string): Promise<unknown> =>
    first.controller.alterPartitionReassignments(new PartitionMap<readonly number[]>().set(topic, 0, [1, 2]));
  await move('plain');
  await move('moved');
  const [leader] = [...(await first.zk.partitions.getTopicPartitionStates([MOVED])).values()];
  await first.controller.alterPartition(
    {
      brokerId: 0,
      brokerEpoch: first.brokerEpoch,
      topics: [
        {
          topicName: '',
          topicId: first.metadataCache.topicId('moved'),
          partitions: [
            {
              partitionIndex: 0,
              leaderEpoch: leader!.leaderEpoch,
              newIsr: [],
              newIsrWithEpochs: [0, 2, 1].map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
              leaderRecoveryState: 0,
              partitionEpoch: leader!.partitionEpoch,
            },
          ],
        },
      ],
    },
    3,
  );
  await eventually('the move is through', async () => {
    const moving = await first.controller.listPartitionReassignments(null);
    return moving.size === 0;
  });
  expect(writes).toEqual(linesOf(ORIGINAL_MOVES));
});

const MOVED = { topic: 'moved', partition: 0 };

test('a topic is deleted in the middle of a move: the writes are the original ones', async () => {
  const first = await start(0);
  await start(1);
  await eventually('both are known', () => first.metadataCache.aliveBrokerIds().length === 2);
  const assignments = [{ partitionIndex: 0, brokerIds: [0] }];
  const topic = { name: 'moving', numPartitions: -1, replicationFactor: -1, assignments, configs: [] };
  await first.adminManager.createTopics([topic], { timeoutMs: 20_000, validateOnly: false });
  writes = [];
  await first.controller.alterPartitionReassignments(
    new PartitionMap<readonly number[]>().set('moving', 0, [1]),
  );
  await first.zk.topics.createDeleteTopicPath('moving');
  await eventually('the topic is gone', async () => (await first.zk.topics.getTopicDeletions()).length === 0);
  expect(writes.filter((line) => !line.includes('/controller '))).toEqual(
    linesOf(ORIGINAL_DELETION_OF_MOVING),
  );
});
