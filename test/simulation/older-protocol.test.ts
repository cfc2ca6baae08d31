/** What a cluster writes into ZooKeeper depends on the protocol its brokers speak among themselves, until that is raised. */
import { expect, test } from '@jest/globals';
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from '../../src/protocol/messages/22-init-producer-id.ts';
import { hostOf, startCluster, type SimulatedCluster } from './cluster.ts';
import { SimulatedClient } from './simulated-client.ts';

const TOPIC = 'orders';
const RECORDS = 10;
const IDS = [0, 1, 2];

function read({ zooKeeper }: SimulatedCluster, path: string): Record<string, unknown> {
  const data = zooKeeper.tree.find(path)?.data;
  return data == null ? {} : (JSON.parse(data.toString()) as Record<string, unknown>);
}

test('a cluster of 2.8 is raised to 3.9, one broker after the other', async () => {
  let protocol = '2.8';
  const cluster = await startCluster('older protocol', {
    overridesOf: () => ({ 'inter.broker.protocol.version': protocol }),
  });
  const { world } = cluster;
  const client = new SimulatedClient(cluster);
  await world.settle(client.createTopic(TOPIC, { 'min.insync.replicas': '3' }));
  for (let index = 0; index < RECORDS; index++) await world.settle(client.produce(TOPIC, `record ${index}`));
  expect(read(cluster, '/feature')).toEqual({ features: {}, version: 1, status: 1 });

  // A producer id comes from a block that the asked broker took for itself, whoever the controller is.
  const asked = (Number(read(cluster, '/controller')['brokerid']) + 1) % IDS.length;
  const connection = await world.settle(cluster.connect(asked));
  const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 };
  const untilGiven = async (): Promise<void> => {
    for (;;) {
      const { errorCode } = await connection.send(InitProducerIdRequest, InitProducerIdResponse, 4, request);
      if (errorCode === 0) return;
      await world.runtimeFor('client').timers.sleep(10);
    }
  };
  await world.settle(untilGiven());
  expect(read(cluster, '/latest_producer_id_block')).toMatchObject({ broker: asked });
  connection.close();

  protocol = '3.9';
  for (const id of IDS) {
    await world.settle(cluster.stopBroker(id));
    await world.settle(cluster.startBroker(id));
    await world.runUntil(() => cluster.partitionStates(TOPIC)[0]?.isr.length === IDS.length);
    await world.settle(client.produce(TOPIC, `after ${hostOf(id)}`));
  }
  expect(read(cluster, '/feature')).toEqual({ features: {}, version: 2, status: 1 });
  expect(await world.settle(client.readAll(TOPIC))).toHaveLength(RECORDS + IDS.length);
  expect(cluster.fatal).toEqual([]);
}, 60_000);
