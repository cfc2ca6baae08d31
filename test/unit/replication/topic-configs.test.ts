/** A log that a LeaderAndIsr brings into being obeys its topic's config from its first byte on. */
import { expect, test } from '@jest/globals';
import { FactStream } from '../../../src/observe/index.ts';
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import { prepareCompression } from '../../../src/records/index.ts';
import { DEFAULT_LOG_CONFIG, LogManager } from '../../../src/storage/index.ts';
import { ZkError } from '../../../src/zookeeper/index.ts';
import { createWorld } from '../../simulation/world/index.ts';
import { ReplicaCluster, TOPIC } from './support/replica-cluster.ts';

const PARTITIONS = [0, 1, 2];

/** One broker with a real log manager that leads all partitions, which one request told it of. */
async function created(
  topicConfig: () => Promise<Record<string, string>>,
  look: (manager: LogManager, answers: readonly (readonly ErrorName[])[]) => Promise<void> | void,
  requests = 1,
): Promise<void> {
  await prepareCompression();
  const world = createWorld(1);
  const runtime = world.runtimeFor('broker-1');
  const manager = new LogManager({
    runtime,
    facts: new FactStream({ broker: 1, nowMs: () => runtime.clock.wallMs() }),
    logDirs: ['/one'],
    defaultConfig: DEFAULT_LOG_CONFIG,
  });
  await world.settle(manager.load());
  const cluster = new ReplicaCluster(world, [1], { logManagers: new Map([[1, manager]]), topicConfig });
  const request = cluster.leaderAndIsr({ leader: 1, leaderEpoch: 0, isr: [1] });
  const [topic] = request.topicStates;
  const [state] = topic!.partitionStates;
  const partitionStates = PARTITIONS.map((partitionIndex) => ({ ...state!, partitionIndex, isNew: true }));
  const answers: ErrorName[][] = [];
  for (let index = 0; index < requests; index++) {
    const told = cluster.tell(1, { ...request, topicStates: [{ ...topic!, partitionStates }] });
    const { topics } = await world.settle(told);
    answers.push(topics[0]!.partitionErrors.map(({ errorCode }) => errorNameOf(errorCode)));
  }
  await look(manager, answers);
}

const segmentBytesOf = (manager: LogManager): (number | undefined)[] =>
  PARTITIONS.map((partition) => manager.getLog(TOPIC, partition)?.config.segmentBytes);

test('every partition of a topic gets its overrides, not only the first', async () => {
  await created(
    () => Promise.resolve({ 'segment.bytes': '20000' }),
    (manager) => expect(segmentBytesOf(manager)).toEqual([20_000, 20_000, 20_000]),
  );
});

test('a config that changes while the logs are made reaches them all', async () => {
  let asked = 0;
  await created(
    () => Promise.resolve({ 'segment.bytes': String(20_000 + asked++) }),
    (manager) => expect(new Set(segmentBytesOf(manager))).toEqual(new Set([20_000 + asked - 1])),
  );
});

test('a session that ends while the config is read is no failure of a disk: the next request makes the partitions', async () => {
  let asked = 0;
  await created(
    () =>
      asked++ === 0
        ? Promise.reject(new ZkError('SessionExpired', `/config/topics/${TOPIC}`))
        : Promise.resolve({ 'segment.bytes': '20000' }),
    (manager, answers) => {
      expect(answers).toEqual([PARTITIONS.map(() => 'UNKNOWN_SERVER_ERROR'), PARTITIONS.map(() => 'NONE')]);
      expect(segmentBytesOf(manager)).toEqual([20_000, 20_000, 20_000]);
    },
    2,
  );
});
