/**
 * Brokers with a listener for clients, one among themselves and one for the controller (KIP-103, KIP-291), each in a
 * rack of its own, whose consumers read from the replica nearest to them (KIP-392). One story from top to bottom.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { errorNameOf } from '../../src/protocol/index.ts';
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/01-fetch.ts';
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/03-metadata.ts';
import { batchesOf } from '../../src/records/index.ts';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const PORTS = { CLIENT: 9092, INTERNAL: 9093, CONTROL: 9094 } as const;
const NAMES = Object.keys(PORTS) as (keyof typeof PORTS)[];
const IDS = [0, 1, 2];
const TOPIC = 'orders';
const RECORDS = 5;

const endpointsOf = (id: number): string[] => NAMES.map((name) => `${name}://${hostOf(id)}:${PORTS[name]}`);

let cluster: SimulatedCluster;
let client: SimulatedClient;
/** How many connections came in by each listener. */
const opened = { CLIENT: 0, INTERNAL: 0, CONTROL: 0 };

beforeAll(async () => {
  cluster = await startCluster('listeners', {
    overrides: {
      'listener.security.protocol.map': NAMES.map((name) => `${name}:PLAINTEXT`).join(','),
      'inter.broker.listener.name': 'INTERNAL',
      'control.plane.listener.name': 'CONTROL',
      'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
    },
    overridesOf: (id) => ({ listeners: endpointsOf(id).join(','), 'broker.rack': `rack-${id}` }),
    onFact: (fact) => {
      if (fact.kind === 'connection-opened') opened[fact.listener as keyof typeof PORTS] += 1;
    },
  });
  client = new SimulatedClient(cluster);
});

test('what stands in the registration are all listeners, with their protocols', () => {
  for (const id of IDS) {
    const data = cluster.zooKeeper.tree.find(`/brokers/ids/${id}`)?.data;
    expect(JSON.parse(data?.toString() ?? '')).toMatchObject({
      listener_security_protocol_map: { CLIENT: 'PLAINTEXT', INTERNAL: 'PLAINTEXT', CONTROL: 'PLAINTEXT' },
      endpoints: endpointsOf(id),
      host: hostOf(id),
      port: PORTS.CLIENT,
      rack: `rack-${id}`,
    });
  }
});

test('the controller comes by its own listener, and before there are clients nobody by theirs', async () => {
  await cluster.world.run(1000);
  expect(opened.CLIENT).toBe(0);
  expect(opened.CONTROL).toBeGreaterThanOrEqual(IDS.length);
});

test('followers copy by the listener between brokers', async () => {
  const { world } = cluster;
  const before = opened.INTERNAL;
  await world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '3' }));
  for (let index = 0; index < RECORDS; index++) await world.settle(client.produce(TOPIC, `record ${index}`));
  expect(opened.INTERNAL).toBeGreaterThan(before);
});

test.each(NAMES)('by %s a client is told the addresses of that listener', async (name) => {
  const { world } = cluster;
  const connection = await world.settle(cluster.connect(1, PORTS[name]));
  const { brokers } = await world.settle(
    connection.send(MetadataRequest, MetadataResponse, 9, {
      topics: [],
      allowAutoTopicCreation: false,
      includeTopicAuthorizedOperations: false,
    }),
  );
  expect(brokers.map(({ nodeId, host, port }) => [nodeId, host, port]).sort()).toEqual(
    IDS.map((id) => [id, hostOf(id), PORTS[name]]),
  );
  connection.close();
});

describe('a consumer that says in which rack it is', () => {
  const leader = (): number => cluster.partitionStates(TOPIC)[0]!.leader;
  const follower = (): number => (leader() + 1) % IDS.length;

  async function fetch(
    id: number,
    {
      fetchOffset = 0,
      rackId = '',
      currentLeaderEpoch = -1,
      version = 12,
    }: { fetchOffset?: number; rackId?: string; currentLeaderEpoch?: number; version?: number },
  ): Promise<{ error: string; preferred: number; batches: number; highWatermark: number }> {
    const { world } = cluster;
    const connection = await world.settle(cluster.connect(id));
    const answer = await world.settle(
      connection.send(FetchRequest, FetchResponse, version, {
        maxWaitMs: 2000,
        minBytes: 1,
        topics: [
          {
            topic: TOPIC,
            partitions: [{ partition: 0, fetchOffset, currentLeaderEpoch, partitionMaxBytes: 1 << 20 }],
          },
        ],
        forgottenTopicsData: [],
        ...(version >= 11 && { rackId }),
      }),
    );
    connection.close();
    const found = answer.responses[0]!.partitions[0]!;
    return {
      error: errorNameOf(found.errorCode),
      preferred: found.preferredReadReplica,
      batches: [...batchesOf(found.records ?? Buffer.alloc(0))].length,
      highWatermark: found.highWatermark,
    };
  }

  test('is sent to the replica there, with offsets and without records', async () => {
    const rackId = `rack-${follower()}`;
    const expected = { error: 'NONE', preferred: follower(), batches: 0, highWatermark: RECORDS };
    expect(await fetch(leader(), { rackId })).toEqual(expected);
  });

  test('is not sent anywhere by a leader of another epoch than it means', async () => {
    const rackId = `rack-${follower()}`;
    expect(await fetch(leader(), { rackId, currentLeaderEpoch: 99 })).toMatchObject({
      error: 'UNKNOWN_LEADER_EPOCH',
      preferred: -1,
    });
  });

  test('stays with the leader where it is there, or where nobody is', async () => {
    for (const rackId of [`rack-${leader()}`, 'nowhere', ''])
      expect(await fetch(leader(), { rackId })).toMatchObject({ preferred: -1, batches: RECORDS });
  });

  test('is served by the follower, up to its high watermark and no further than its end', async () => {
    // It hears of what is committed with its next fetch, which the leader may hold back for half a second.
    await cluster.world.run(1000);
    const at = (fetchOffset: number): ReturnType<typeof fetch> => fetch(follower(), { fetchOffset });
    expect(await at(0)).toMatchObject({ error: 'NONE', preferred: -1, batches: RECORDS });
    expect(await at(RECORDS)).toMatchObject({ error: 'NONE', batches: 0, highWatermark: RECORDS });
    expect(await at(RECORDS + 1)).toMatchObject({ error: 'OFFSET_OUT_OF_RANGE' });
  });

  test('waits at the follower until it hears that a record is committed', async () => {
    const { world } = cluster;
    const waiting = fetch(follower(), { fetchOffset: RECORDS });
    await world.settle(client.produce(TOPIC, 'one more'));
    expect(await world.settle(waiting)).toMatchObject({ error: 'NONE', batches: 1 });
  });

  test('older than that, it has to go to the leader', async () => {
    expect(await fetch(follower(), { version: 10 })).toMatchObject({ error: 'NOT_LEADER_OR_FOLLOWER' });
  });
});
