import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PartitionMap } from '../../../src/common/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import {
  ChangeNotificationListener,
  ControllerMovedError,
  entityPath,
  LeaderRecoveryState,
  openZooKeeperSession,
  userClientPath,
} from '../../../src/zookeeper/index.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { eventually, freshZooKeeper, sharedZooKeeperServer } from '../../support/zookeeper.ts';
import type {
  BrokerRegistration,
  KafkaZkClient,
  LeaderAndIsr,
  TopicAssignment,
} from '../../../src/zookeeper/index.ts';
import type { FreshZooKeeper } from '../../support/zookeeper.ts';

const runtime = createNodeRuntime();

const broker = (id: number): BrokerRegistration => ({
  id,
  endpoints: [
    { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092 + id },
  ],
  rack: null,
  features: new Map(),
  jmxPort: -1,
});

const topicOf = (topic: string, ...replicas: number[][]): TopicAssignment => ({
  topic,
  topicId: '0Fj30e_lQTGCvDNaYSArug',
  partitions: new Map(
    replicas.map((list, partition) => [
      partition,
      { replicas: list, addingReplicas: [], removingReplicas: [] },
    ]),
  ),
});

const firstState = (leader: number, isr: readonly number[], controllerEpoch: number) => ({
  leader,
  isr,
  leaderEpoch: 0,
  controllerEpoch,
  leaderRecoveryState: LeaderRecoveryState.RECOVERED,
});

describe('Kafka’s verbs on a real ZooKeeper', () => {
  let zookeeper: FreshZooKeeper;
  let zk: KafkaZkClient;
  beforeEach(async () => {
    zookeeper = await freshZooKeeper();
    zk = await zookeeper.connectKafka();
    await zk.createTopLevelPaths();
  });
  afterEach(async () => {
    await zookeeper.close();
  });

  const raw = async (path: string): Promise<string | null> =>
    (await zk.client.getData(path)).data?.toString() ?? null;

  test('make the top paths with null data, and only once', async () => {
    await zk.createTopLevelPaths();
    for (const path of ['/consumers', '/brokers/ids', '/config/changes', '/latest_producer_id_block']) {
      const { data, stat } = await zk.client.getData(path);
      expect([data, stat.version]).toEqual([null, 0]);
    }
  });

  test('agree on one cluster id, whoever asks first', async () => {
    const other = await zookeeper.connectKafka();
    const [first, second] = await Promise.all([
      zk.brokers.createOrGetClusterId(),
      other.brokers.createOrGetClusterId(),
    ]);
    expect(first).toBe(second);
    expect(await raw('/cluster/id')).toBe(`{"version":"1","id":"${first}"}`);
  });

  test('register a broker whose epoch is its czxid and whose version is 1', async () => {
    const outcome = await zk.brokers.registerBroker(broker(0));
    const { stat } = await zk.client.getData('/brokers/ids/0');
    expect(outcome).toEqual({ kind: 'registered', brokerEpoch: Number(stat.czxid) });
    expect([stat.version, stat.ephemeralOwner]).toEqual([1, zk.client.sessionId]);
    const [alive] = await zk.brokers.getAllBrokersInCluster();
    expect(alive).toEqual({ ...broker(0), epoch: Number(stat.czxid) });
  });

  test('refuse the id of a broker that lives, and let it come back after its end', async () => {
    const other = await zookeeper.connectKafka();
    await zk.brokers.registerBroker(broker(0));
    expect(await other.brokers.registerBroker(broker(0))).toEqual({
      kind: 'owned-by-another-session',
      owner: zk.client.sessionId,
    });
    await zk.close();
    expect(await other.brokers.registerBroker(broker(0))).toMatchObject({ kind: 'registered' });
  });

  test('count up ids for brokers without one', async () => {
    expect(await zk.brokers.generateBrokerId(1000)).toBe(1001);
    expect(await zk.brokers.generateBrokerId(1000)).toBe(1002);
  });

  test('elect one controller of two, and the next with a higher epoch', async () => {
    const other = await zookeeper.connectKafka();
    const outcomes = await Promise.allSettled([
      zk.controller.registerControllerAndIncrementControllerEpoch(0),
      other.controller.registerControllerAndIncrementControllerEpoch(1),
    ]);
    const winner = outcomes[0].status === 'fulfilled' ? zk : other;
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await zk.controller.getControllerEpoch()).toEqual({ epoch: 1, zkVersion: 1 });
    await winner.close();
    const successor = winner === zk ? other : zk;
    expect(await successor.controller.registerControllerAndIncrementControllerEpoch(7)).toEqual({
      epoch: 2,
      zkVersion: 2,
    });
    expect(await successor.controller.getControllerId()).toBe(7);
  });

  test('fence a controller of before, also at version 0 of the controller epoch', async () => {
    await zk.znodes.create('/controller_epoch', Buffer.from('0'));
    await zk.topics.createTopicAssignment(topicOf('t', [0]));
    await zk.topics.setTopicAssignment(topicOf('t', [0, 1]), 0);
    await zk.znodes.setData('/controller_epoch', Buffer.from('1'), 0);
    await expect(zk.topics.setTopicAssignment(topicOf('t', [9]), 0)).rejects.toThrow(ControllerMovedError);
    const assignments = await zk.topics.getTopicAssignments(['t', 'unknown']);
    expect([...assignments.keys()]).toEqual(['t']);
    expect(assignments.get('t')?.partitions.get(0)?.replicas).toEqual([0, 1]);
  });

  test('create and update partition states, one outcome per partition', async () => {
    const { epoch, zkVersion } = await zk.controller.registerControllerAndIncrementControllerEpoch(0);
    await zk.topics.createTopicAssignment(topicOf('t', [0, 2], [1, 0]));
    const states = new PartitionMap<ReturnType<typeof firstState>>()
      .set('t', 0, firstState(0, [0, 2], epoch))
      .set('t', 1, firstState(1, [1, 0], epoch));
    const created = await zk.partitions.createTopicPartitionStatesRaw(states, zkVersion);
    expect(created.get('t', 1)).toMatchObject({ kind: 'updated', state: { partitionEpoch: 0 } });
    expect(await raw('/brokers/topics/t/partitions/0/state')).toBe(
      '{"controller_epoch":1,"leader":0,"version":1,"leader_epoch":0,"isr":[0,2]}',
    );
    const read = await zk.partitions.getTopicPartitionStates([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 1 },
      { topic: 't', partition: 2 },
    ]);
    expect(read.size).toBe(2);
    const next = new PartitionMap<LeaderAndIsr>();
    for (const [{ topic, partition }, state] of read)
      next.set(topic, partition, {
        ...state,
        leader: 2,
        leaderEpoch: 1,
        partitionEpoch: partition === 0 ? 0 : 5,
      });
    const updated = await zk.partitions.updateLeaderAndIsr(next, epoch, zkVersion);
    expect(updated.get('t', 0)).toMatchObject({ kind: 'updated', state: { partitionEpoch: 1, leader: 2 } });
    expect(updated.get('t', 1)).toEqual({ kind: 'bad-version' });
    await expect(zk.partitions.updateLeaderAndIsr(next, epoch, zkVersion - 1)).rejects.toThrow(
      ControllerMovedError,
    );
  });

  test('delete a topic with everything below it', async () => {
    const { epoch, zkVersion } = await zk.controller.registerControllerAndIncrementControllerEpoch(0);
    await zk.topics.createTopicAssignment(topicOf('t', [0]));
    const states = new PartitionMap<ReturnType<typeof firstState>>().set('t', 0, firstState(0, [0], epoch));
    await zk.partitions.createTopicPartitionStatesRaw(states, zkVersion);
    await zk.configs.setOrCreateEntityConfigs(entityPath('topics', 't'), new Map());
    await zk.topics.createDeleteTopicPath('t');
    expect(await zk.topics.getTopicDeletions()).toEqual(['t']);
    expect(await zk.topics.deleteTopicZNode('t', zkVersion)).toBe(true);
    await zk.configs.deleteTopicConfigs(['t'], zkVersion);
    await zk.topics.deleteTopicDeletions(['t'], zkVersion);
    expect(await zk.topics.getAllTopicsInCluster()).toEqual(new Set());
    expect(await zk.client.exists('/config/topics/t')).toBeNull();
    expect(await zk.topics.getTopicDeletions()).toEqual([]);
  });

  test('write configs only under a controller, and clean up emptied quotas', async () => {
    const config = new Map([['producer_byte_rate', '10']]);
    const entity = userClientPath('alice', 'c 1');
    await expect(zk.configs.setOrCreateEntityConfigs(entity, config)).rejects.toThrow(ControllerMovedError);
    await zk.controller.registerControllerAndIncrementControllerEpoch(0);
    await zk.configs.setOrCreateEntityConfigs(entity, config);
    expect(await raw('/config/users/alice/clients/c%201')).toBe(
      '{"version":1,"config":{"producer_byte_rate":"10"}}',
    );
    expect(await zk.configs.getEntityConfigs('users/alice')).toEqual(new Map());
    await zk.configs.setOrCreateEntityConfigs(entity, new Map([['producer_byte_rate', '20']]));
    expect(await zk.configs.getEntityConfigs(entity)).toEqual(new Map([['producer_byte_rate', '20']]));
    await zk.configs.changeOrCleanEntityConfigs(entity, new Map());
    expect(await zk.client.exists('/config/users/alice')).toBeNull();
    expect(await zk.client.exists('/config/users')).not.toBeNull();
  });

  test('hand out producer ids without handing a block out twice', async () => {
    const first = { brokerId: 1, firstProducerId: 0, lastProducerId: 999 };
    const current = await zk.controller.getLatestProducerIdsBlock();
    expect(current).toEqual({ value: null, zkVersion: 0 });
    expect((await zk.controller.setLatestProducerIdsBlock(first, 0))?.version).toBe(1);
    const second = { brokerId: 2, firstProducerId: 1000, lastProducerId: 1999 };
    expect(await zk.controller.setLatestProducerIdsBlock(second, 0)).toBeNull();
    expect((await zk.controller.getLatestProducerIdsBlock())?.value).toEqual(first);
  });

  test('tell of changes in order, and remove old notifications', async () => {
    await zk.configs.createConfigChangeNotification('topics/a');
    const heard: string[] = [];
    let nowMs = runtime.clock.wallMs();
    const listener = new ChangeNotificationListener({
      zkClient: zk,
      clock: { ...runtime.clock, wallMs: () => nowMs, monotonicMs: () => runtime.clock.monotonicMs() },
      logger: runtime.logger,
      root: '/config/changes',
      prefix: 'config_change_',
      process: (data) => void heard.push(data?.toString() ?? ''),
    });
    await listener.start();
    const other = await zookeeper.connectKafka();
    await other.configs.createConfigChangeNotification('topics/b');
    await other.configs.createConfigChangeNotification('brokers/<default>');
    await eventually(() => heard.length === 3, 'all three were told');
    expect(heard).toEqual(
      ['topics/a', 'topics/b', 'brokers/<default>'].map((path) => `{"version":2,"entity_path":"${path}"}`),
    );
    nowMs += 16 * 60_000;
    await other.configs.createConfigChangeNotification('topics/c');
    await eventually(
      async () => (await other.znodes.children('/config/changes')).length === 0,
      'the old ones are gone',
    );
    await listener.close();
  });

  test('keep ACLs by version and say what changed', async () => {
    await zk.access.createAclPaths();
    const resource = { type: 'TransactionalId', name: 'tx', patternType: 'LITERAL' } as const;
    const acls = [{ principal: 'User:alice', permissionType: 'Allow', host: '*', operation: 'Read' }];
    expect(await zk.access.createAclsIfNotExists(resource, acls)).toBe(0);
    expect(await zk.access.createAclsIfNotExists(resource, acls)).toBeNull();
    expect(await zk.access.conditionalSetAcls(resource, acls, 5)).toBeNull();
    expect(await zk.access.conditionalSetAcls(resource, acls, 0)).toBe(1);
    expect(await zk.access.getAclResources()).toEqual([resource]);
    await zk.access.createAclChangeNotification(resource);
    expect(await raw('/kafka-acl-changes/acl_changes_0000000000')).toMatch(/:tx$/);
    expect(await zk.access.conditionalDeleteAcls(resource, 0)).toBe(false);
    expect(await zk.access.conditionalDeleteAcls(resource, 1)).toBe(true);
  });

  describe('through broken connections', () => {
    let proxy: FaultProxy;
    let faulty: KafkaZkClient;
    beforeEach(async () => {
      proxy = await FaultProxy.to(sharedZooKeeperServer());
      faulty = await zookeeper.connectKafka({ connect: proxy.address + zookeeper.chroot });
    });
    afterEach(async () => {
      await faulty.close();
      await proxy.stop();
    });

    test('an election whose answer was lost is known to be won', async () => {
      await zk.znodes.create('/controller_epoch', Buffer.from('0'));
      const election = faulty.controller.registerControllerAndIncrementControllerEpoch(5);
      // The read of the epoch passes; the answer to the transaction is cut.
      await eventually(async () => {
        if ((await zk.client.exists('/controller')) === null) return false;
        proxy.cut();
        return true;
      }, 'the election reached the server');
      expect(await election).toEqual({ epoch: 1, zkVersion: 1 });
      expect(await zk.controller.getControllerId()).toBe(5);
    });

    test('a registration whose answer was lost is known to be ours', async () => {
      proxy.cutNextReplyAfter(4);
      expect(await faulty.brokers.registerBroker(broker(3))).toMatchObject({ kind: 'registered' });
      expect((await zk.brokers.getBroker(3))?.id).toBe(3);
    });

    test('an expired session is replaced, its owners told, its broker registered anew', async () => {
      const first = await faulty.brokers.registerBroker(broker(4));
      const told: string[] = [];
      let again: unknown;
      faulty.client.registerStateChangeHandler({
        name: 'test',
        beforeInitializingSession: () => void told.push('before'),
        afterInitializingSession: async () => {
          told.push('after');
          again = await faulty.brokers.registerBroker(broker(4));
          await faulty.brokers.getSortedBrokerList();
        },
      });
      let changes = 0;
      faulty.client.registerZNodeChildChangeHandler({
        path: '/brokers/ids',
        handleChildChange: () => void (changes += 1),
      });
      const oldSession = faulty.client.sessionId;
      await expireSession(proxy, zookeeper, oldSession);
      await eventually(() => again !== undefined, 'registered again');
      expect(told).toEqual(['before', 'after']);
      expect(faulty.client.sessionId).not.toBe(oldSession);
      expect(again).toMatchObject({ kind: 'registered' });
      expect((again as { brokerEpoch: number }).brokerEpoch).toBeGreaterThan(
        (first as { brokerEpoch: number }).brokerEpoch,
      );
      await eventually(async () => {
        await faulty.brokers.getSortedBrokerList();
        return true;
      }, 'the handler’s watch is set again');
      await zk.brokers.registerBroker(broker(6));
      await eventually(() => changes > 0, 'the watch of the new session fired');
    });
  });
});

/** Closes the session under its owner, who then finds it expired on its next connection. */
async function expireSession(proxy: FaultProxy, zookeeper: FreshZooKeeper, sessionId: bigint): Promise<void> {
  const handshake = proxy.handshakes.find((reply) => reply.readBigInt64BE(12) === sessionId);
  const password = handshake?.subarray(24, 40) ?? Buffer.alloc(16);
  const thief = openZooKeeperSession({
    ...runtime,
    connect: zookeeper.connect,
    sessionTimeoutMs: 6000,
    resume: { sessionId, password },
  });
  // The owner would take its session back at once, were it not kept from the server meanwhile.
  proxy.goSilent();
  await thief.exists('/');
  await thief.close();
  proxy.heal();
  proxy.cut();
}
