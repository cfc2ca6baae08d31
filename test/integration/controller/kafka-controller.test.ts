/**
 * The controller against a real ZooKeeper, with brokers that only answer its requests: what it writes, in which order,
 * who hears of it, and that an old one cannot write any more.
 */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ZkControllerStore } from '../../../src/controller/zk-controller-store.ts';
import { BrokerConfig } from '../../../src/config/index.ts';
import { PartitionMap, type TopicPartition } from '../../../src/common/index.ts';
import type { AlterPartitionResponse } from '../../../src/protocol/messages/56-alter-partition.ts';
import {
  registry,
  type LeaderAndIsr,
  type LeaderIsrAndControllerEpoch,
} from '../../../src/zookeeper/index.ts';
import { freshZooKeeper, type FreshZooKeeper } from '../../support/zookeeper.ts';
import { eventually, FakeBroker } from './fake-broker.ts';

jest.setTimeout(90_000);

let zookeeper: FreshZooKeeper;
let brokers: FakeBroker[] = [];

beforeEach(async () => {
  zookeeper = await freshZooKeeper();
});
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.stop()));
  brokers = [];
  await zookeeper.close();
});

/** Brokers 0, 1, ... with their controllers; broker 0 is elected. */
async function cluster(count: number): Promise<FakeBroker[]> {
  for (let id = 0; id < count; id++) {
    const broker = await FakeBroker.start(id, zookeeper.connect);
    brokers.push(broker);
    await broker.controller.startup();
  }
  const [first] = brokers;
  await eventually('all brokers know each other', () =>
    brokers.every(({ metadataCache }) => metadataCache.aliveBrokerIds().length === count) ? true : undefined,
  );
  for (const { received } of brokers) received.length = 0;
  expect(first?.controller.isActive).toBe(true);
  return brokers;
}

async function createTopic(
  broker: FakeBroker,
  name: string,
  assignments: readonly (readonly number[])[],
): Promise<void> {
  const topic = {
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: assignments.map((brokerIds, partitionIndex) => ({
      partitionIndex,
      brokerIds: [...brokerIds],
    })),
    configs: [],
  };
  const outcomes = await broker.adminManager.createTopics([topic], {
    timeoutMs: 20_000,
    validateOnly: false,
  });
  expect(outcomes.get(name)).toMatchObject({ error: 'NONE' });
}

const SOLE: TopicPartition = { topic: 'sole', partition: 0 };
const orders = (partition: number): TopicPartition => ({ topic: 'orders', partition });

async function state(broker: FakeBroker, of: TopicPartition): Promise<LeaderIsrAndControllerEpoch> {
  const found = await broker.zk.partitions.getTopicPartitionState(of);
  if (found === null) throw new Error(`${of.topic}-${of.partition} has no state`);
  return found;
}

async function stateWithLeader(
  broker: FakeBroker,
  of: TopicPartition,
  leader: number,
): Promise<LeaderIsrAndControllerEpoch> {
  return eventually(`${leader} leads ${of.topic}-${of.partition}`, async () => {
    const found = await state(broker, of);
    return found.leader === leader ? found : undefined;
  });
}

/** The leader asks the controller for another ISR. */
async function proposeIsr(
  controller: FakeBroker,
  leader: FakeBroker,
  of: TopicPartition,
  isr: readonly number[],
): Promise<AlterPartitionResponse> {
  const { leaderEpoch, partitionEpoch } = await state(leader, of);
  const newIsrWithEpochs = isr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
  const row = { partitionIndex: of.partition, leaderEpoch, partitionEpoch, leaderRecoveryState: 0 };
  const partitions = [{ ...row, newIsr: [], newIsrWithEpochs }];
  const topics = [{ topicName: '', topicId: controller.metadataCache.topicId(of.topic), partitions }];
  const { id: brokerId, brokerEpoch } = leader;
  return controller.controller.alterPartition({ brokerId, brokerEpoch, topics }, 3);
}

function die(broker: FakeBroker): Promise<void> {
  brokers = brokers.filter((other) => other !== broker);
  return broker.stop();
}

describe('election', () => {
  test('the first broker wins epoch 1; when it goes another takes over with epoch 2 and tells everybody', async () => {
    const [first, second, third] = await cluster(3);
    expect(first!.controller.controllerEpoch).toBe(1);
    expect(second!.controller.isActive).toBe(false);
    expect(second!.controller.activeControllerId).toBe(0);
    await die(first!);
    const winner = await eventually('somebody took over', () =>
      [second!, third!].find((broker) => broker.controller.isActive),
    );
    expect(winner.controller.controllerEpoch).toBe(2);
    const other = winner === second ? third! : second!;
    const told = await eventually('the other was told', () =>
      other.received.find((row) => row.controllerEpoch === 2),
    );
    expect(told).toMatchObject({
      api: 'UpdateMetadata',
      version: 8,
      controllerId: winner.id,
      brokerEpoch: other.brokerEpoch,
    });
  });

  test('a session that expired costs the office and gives a new broker epoch; the broker serves on', async () => {
    const [first, second] = await cluster(2);
    const epochBefore = first!.brokerEpoch;
    await first!.zk.client.reinitialize();
    await eventually('there is a controller with epoch 2', () =>
      [first!, second!].some(({ controller }) => controller.isActive && controller.controllerEpoch === 2),
    );
    expect(first!.facts).toContainEqual(expect.objectContaining({ kind: 'controller-resigned' }));
    await eventually('the first registered again', () => first!.brokerEpoch > epochBefore);
  });

  test('an old controller cannot write any more', async () => {
    const [first, second] = await cluster(2);
    await createTopic(first!, 'orders', [[0, 1]]);
    const before = await state(first!, orders(0));
    const { config } = BrokerConfig.parse({ 'broker.id': '0', 'zookeeper.connect': zookeeper.connect });
    const zombie = new ZkControllerStore(first!.zk, () => config);
    const { zkVersion } = (await first!.zk.controller.getControllerEpoch())!;
    await first!.controller.shutdown();
    await first!.zk.controller.deleteController(zkVersion);
    await eventually('the second took over', () => second!.controller.isActive);
    const writes = new PartitionMap<LeaderAndIsr>().set('orders', 0, { ...before, isr: [0], leaderEpoch: 9 });
    await expect(zombie.updatePartitionStates(writes, 1, zkVersion)).rejects.toThrow(
      'another controller was elected',
    );
    await expect(zombie.deleteTopic('orders', zkVersion)).rejects.toThrow('another controller was elected');
    expect(await state(second!, orders(0))).toMatchObject({ leaderEpoch: 0, isr: [0, 1] });
  });
});

describe('topics', () => {
  test('a new topic gets its states, and its replicas hear of it before they hear anything else of it', async () => {
    const [first, second] = await cluster(2);
    await createTopic(second!, 'orders', [
      [0, 1],
      [1, 0],
    ]);
    expect(await state(first!, orders(0))).toMatchObject({
      leader: 0,
      isr: [0, 1],
      leaderEpoch: 0,
      controllerEpoch: 1,
    });
    expect(await state(first!, orders(1))).toMatchObject({ leader: 1, isr: [1, 0], leaderEpoch: 0 });
    const about = second!.received.filter(({ partitions }) => partitions.includes('orders-0'));
    expect(about.map(({ api, version }) => [api, version])).toEqual([
      ['LeaderAndIsr', 7],
      ['UpdateMetadata', 8],
    ]);
    expect(second!.metadataCache.topicId('orders')).toBe(
      (await first!.zk.topics.getTopicAssignments(['orders'])).get('orders')?.topicId,
    );
  });

  test('partitions are added', async () => {
    const [first] = await cluster(2);
    await createTopic(first!, 'orders', [[0, 1]]);
    const added = await first!.adminManager.createPartitions(
      [{ name: 'orders', count: 3, assignments: null }],
      {
        timeoutMs: 20_000,
        validateOnly: false,
      },
    );
    expect(added.get('orders')).toEqual({ error: 'NONE', message: null });
    expect(await state(first!, orders(2))).toMatchObject({ leaderEpoch: 0 });
  });

  test('a deleted topic leaves nothing behind', async () => {
    const [first, second] = await cluster(2);
    await createTopic(first!, 'orders', [
      [0, 1],
      [1, 0],
    ]);
    const deleted = await first!.adminManager.deleteTopics(['orders', 'never-was'], 20_000);
    expect(deleted.get('orders')).toEqual({ error: 'NONE', message: null });
    expect(deleted.get('never-was')).toMatchObject({ error: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await eventually('the znodes are gone', async () => !(await first!.zk.topics.topicExists('orders')));
    await eventually(
      'the mark is gone',
      async () => (await first!.zk.topics.getTopicDeletions()).length === 0,
    );
    expect((await first!.zk.configs.getAllEntitiesWithConfig('topics')).includes('orders')).toBe(false);
    const stops = second!.received.filter(({ api }) => api === 'StopReplica');
    expect(stops).toHaveLength(2);
    // The name is free again, for another topic.
    await createTopic(first!, 'orders', [[1]]);
    expect(await state(first!, orders(0))).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 0 });
  });

  test('a topic with a dead replica is deleted once its broker is back', async () => {
    const [first, , third] = await cluster(3);
    await createTopic(first!, 'orders', [[0, 1, 2]]);
    await die(third!);
    await stateWithLeader(first!, orders(0), 0);
    await eventually(
      'the dead one left the ISR',
      async () => (await state(first!, orders(0))).isr.length === 2,
    );
    await first!.zk.topics.createDeleteTopicPath('orders');
    await eventually('the others deleted theirs', () =>
      brokers.every(({ received }) => received.filter(({ api }) => api === 'StopReplica').length === 2),
    );
    expect(await first!.zk.topics.topicExists('orders')).toBe(true);
    brokers.push(await FakeBroker.start(2, zookeeper.connect));
    await eventually('the topic is gone', async () => !(await first!.zk.topics.topicExists('orders')));
  });
});

describe('brokers', () => {
  test('a leader dies: the next in-sync replica leads, one leader epoch later', async () => {
    const [first, second] = await cluster(3);
    await createTopic(first!, 'orders', [[1, 2, 0]]);
    await die(second!);
    const after = await stateWithLeader(first!, orders(0), 2);
    expect(after).toMatchObject({ isr: [2, 0], leaderEpoch: 1, controllerEpoch: 1 });
  });

  test('the controller and leader dies: two leader epochs, as in the original', async () => {
    const [first, second, third] = await cluster(3);
    await createTopic(first!, 'orders', [[0, 1, 2]]);
    await die(first!);
    const survivor = [second!, third!];
    const after = await stateWithLeader(survivor[0]!, orders(0), 1);
    expect(after).toMatchObject({ isr: [1, 2], leaderEpoch: 2, controllerEpoch: 2 });
  });

  test('a broker bounces between two looks: it is told everything anew, under its new epoch', async () => {
    const [first, second] = await cluster(2);
    await createTopic(first!, 'orders', [[1, 0]]);
    second!.received.length = 0;
    const before = second!.brokerEpoch;
    await second!.zk.client.reinitialize();
    await eventually('it registered again', () => second!.brokerEpoch > before);
    const told = await eventually('it was told what it hosts', () =>
      second!.received.find(
        ({ api, brokerEpoch }) => api === 'LeaderAndIsr' && brokerEpoch === second!.brokerEpoch,
      ),
    );
    expect(told.partitions).toEqual(['orders-0']);
    const after = await state(first!, orders(0));
    expect(after.leader).toBe(0);
    expect(after.isr).toEqual([0]);
  });

  test('a broker tells other listeners: all hear of it, and nothing else moves', async () => {
    const [first, second] = await cluster(2);
    await createTopic(first!, 'orders', [[1, 0]]);
    const before = await state(first!, orders(0));
    for (const { received } of brokers) received.length = 0;
    const registration = second!.registration();
    const endpoints = registration.endpoints.map((endpoint) => ({ ...endpoint, host: 'elsewhere' }));
    await second!.zk.brokers.updateBrokerInfo({ ...registration, endpoints });
    await eventually('both were told', () =>
      brokers.every(({ metadataCache }) =>
        metadataCache.aliveBrokers('PLAINTEXT').some(({ id, host }) => id === 1 && host === 'elsewhere'),
      ),
    );
    // Again: the watch is set anew.
    await second!.zk.brokers.updateBrokerInfo(registration);
    await eventually('both were told again', () =>
      brokers.every(({ metadataCache }) =>
        metadataCache.aliveBrokers('PLAINTEXT').every(({ host }) => host === '127.0.0.1'),
      ),
    );
    const told = brokers.flatMap(({ received }) => received);
    expect(told.every(({ api, partitions }) => api === 'UpdateMetadata' && partitions.length === 0)).toBe(
      true,
    );
    expect(await state(first!, orders(0))).toEqual(before);
  });

  test('a disk fails under a replica: its broker is asked, says so, and another leads until it is started anew', async () => {
    const [first, second] = await cluster(3);
    await createTopic(first!, 'orders', [[1, 2, 0]]);
    second!.leaderAndIsrError = 'KAFKA_STORAGE_ERROR';
    await second!.zk.brokers.propagateLogDirEvent(1);
    const after = await stateWithLeader(first!, orders(0), 2);
    expect(after).toMatchObject({ isr: [2, 0], leaderEpoch: 1 });
    const { logDirEventNotifications } = registry.topicZnodes;
    await eventually(
      'the notification is gone',
      async () => (await first!.zk.znodes.children(logDirEventNotifications.path(), false)).length === 0,
    );
    expect(await first!.zk.brokers.getSortedBrokerList()).toEqual([0, 1, 2]);
  });

  test('old tools ask for preferred leaders, twice: the znode goes and is seen again', async () => {
    const [first, second] = await cluster(2);
    await createTopic(first!, 'orders', [
      [1, 0],
      [1, 0],
    ]);
    await second!.zk.client.reinitialize();
    for (const partition of [0, 1]) {
      await stateWithLeader(first!, orders(partition), 0);
      await eventually('both are in sync again', async () => {
        const { topics } = await proposeIsr(first!, first!, orders(partition), [0, 1]);
        return topics[0]?.partitions[0]?.errorCode === 0;
      });
    }
    for (const partition of [0, 1]) {
      await first!.zk.topics.createPreferredReplicaElection([orders(partition)]);
      await stateWithLeader(first!, orders(partition), 1);
      await eventually(
        'the znode is gone',
        async () => (await first!.zk.topics.getPreferredReplicaElection()).length === 0,
      );
    }
  });

  test('controlled shutdown moves the leaderships; a sole replica stays', async () => {
    const [first, second] = await cluster(3);
    await createTopic(first!, 'orders', [
      [1, 2],
      [2, 1],
    ]);
    await createTopic(first!, 'sole', [[1]]);
    expect(await first!.controller.controlledShutdown(1, second!.brokerEpoch)).toEqual([]);
    expect(await state(first!, orders(0))).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1 });
    expect(await state(first!, orders(1))).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1 });
    expect(await state(first!, SOLE)).toMatchObject({ leader: 1, leaderEpoch: 0 });
    await die(second!);
    expect(await stateWithLeader(first!, SOLE, -1)).toMatchObject({ isr: [1], leaderEpoch: 1 });
    await expect(brokers[1]!.controller.controlledShutdown(1, -1)).rejects.toMatchObject({
      error: 'STALE_CONTROLLER_EPOCH',
    });
  });

  test('the ISR changes by AlterPartition: the partition epoch moves, the leader epoch does not', async () => {
    const [first] = await cluster(2);
    await createTopic(first!, 'orders', [[0, 1]]);
    const response = await proposeIsr(first!, first!, orders(0), [0]);
    expect(response.topics[0]?.partitions[0]).toMatchObject({
      errorCode: 0,
      isr: [0],
      partitionEpoch: 1,
      leaderEpoch: 0,
    });
    expect(await state(first!, orders(0))).toMatchObject({ isr: [0], partitionEpoch: 1, leaderEpoch: 0 });
  });

  test('producer ids come in blocks that follow each other', async () => {
    const [first, second] = await cluster(2);
    const ask = (broker: FakeBroker) =>
      first!.controller.allocateProducerIds({ brokerId: broker.id, brokerEpoch: broker.brokerEpoch });
    const starts = [(await ask(first!)).producerIdStart, (await ask(second!)).producerIdStart];
    expect(starts).toEqual([0, 1000]);
  });
});
