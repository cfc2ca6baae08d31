/**
 * What only brokers ask (contract section 3.10), producer ids, configs and the cluster (8.5, 8.6). Control requests
 * come with a controller epoch of the past, so that none of them would change anything if it were obeyed.
 */
import {
  ALLOCATE_PRODUCER_IDS,
  ALTER_PARTITION,
  CONTROLLED_SHUTDOWN,
  DESCRIBE_CLUSTER,
  DESCRIBE_CONFIGS,
  INIT_PRODUCER_ID,
  LEADER_AND_ISR,
  STOP_REPLICA,
  UPDATE_METADATA,
} from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { Whom, World } from '../world.ts';

/** Kafka's resource types in DescribeConfigs. */
const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;

const CONTROL_ROWS = rowsOf('3.10', {
  'LeaderAndIsr of a controller of the past': (world) =>
    world.ask(0, LEADER_AND_ISR, 7, {
      controllerId: 9,
      controllerEpoch: 0,
      type: 1,
      topicStates: [],
      liveLeaders: [],
    }),
  'LeaderAndIsr for an earlier life of the broker': (world) =>
    world.ask(0, LEADER_AND_ISR, 7, {
      controllerId: 9,
      controllerEpoch: 0,
      brokerEpoch: 1,
      type: 1,
      topicStates: [],
      liveLeaders: [],
    }),
  'StopReplica of a controller of the past': (world) =>
    world.ask(0, STOP_REPLICA, 4, { controllerId: 9, controllerEpoch: 0, topicStates: [] }),
  'StopReplica of a controller of the past, version 1': (world) =>
    world.ask(0, STOP_REPLICA, 1, {
      controllerId: 9,
      controllerEpoch: 0,
      deletePartitions: false,
      topicStates: [],
    }),
  'StopReplica for an earlier life of the broker': (world) =>
    world.ask(0, STOP_REPLICA, 4, { controllerId: 9, controllerEpoch: 0, brokerEpoch: 1, topicStates: [] }),
  'UpdateMetadata of a controller of the past': (world) =>
    world.ask(0, UPDATE_METADATA, 8, {
      controllerId: 9,
      controllerEpoch: 0,
      topicStates: [],
      liveBrokers: [],
    }),
  'UpdateMetadata for an earlier life of the broker': (world) =>
    world.ask(0, UPDATE_METADATA, 8, {
      controllerId: 9,
      controllerEpoch: 0,
      brokerEpoch: 1,
      topicStates: [],
      liveBrokers: [],
    }),
  'ControlledShutdown at another broker': (world) =>
    world.ask('not the controller', CONTROLLED_SHUTDOWN, 3, { brokerId: 0, brokerEpoch: -1 }),
  'ControlledShutdown of an unknown broker': (world) =>
    world.ask('controller', CONTROLLED_SHUTDOWN, 3, { brokerId: 77, brokerEpoch: -1 }),
  'ControlledShutdown of an earlier life of a broker': (world) =>
    world.ask('controller', CONTROLLED_SHUTDOWN, 3, { brokerId: 0, brokerEpoch: 1 }),
});

function alterPartition(
  world: World,
  whom: Whom,
  { brokerEpoch = -1, brokerId = 0, topicId = '', partition = 0, version = 3 } = {},
): Promise<unknown> {
  return world.ask(whom, ALTER_PARTITION, version, {
    brokerId,
    brokerEpoch,
    topics: [
      {
        topicName: 'plain',
        topicId: topicId === '' ? world.topicId('plain') : topicId,
        partitions: [
          {
            partitionIndex: partition,
            leaderEpoch: 99,
            newIsrWithEpochs: [{ brokerId: 0, brokerEpoch: -1 }],
            partitionEpoch: 99,
          },
        ],
      },
    ],
  });
}

const CONTROLLER_ROWS = rowsOf('8.6', {
  'AlterPartition at another broker': (world) => alterPartition(world, 'not the controller'),
  'AlterPartition of an unknown broker': (world) => alterPartition(world, 'controller', { brokerId: 77 }),
  'AlterPartition of an earlier life of a broker': (world) =>
    alterPartition(world, 'controller', { brokerEpoch: 1 }),
  'AllocateProducerIds at another broker': (world) =>
    world.ask('not the controller', ALLOCATE_PRODUCER_IDS, 0, { brokerId: 0, brokerEpoch: 1 }),
  'AllocateProducerIds of an unknown broker': (world) =>
    world.ask('controller', ALLOCATE_PRODUCER_IDS, 0, { brokerId: 77, brokerEpoch: 1 }),
  'AllocateProducerIds of an earlier life of a broker': (world) =>
    world.ask('controller', ALLOCATE_PRODUCER_IDS, 0, { brokerId: 0, brokerEpoch: 1 }),
  'DescribeCluster of controllers': (world) =>
    world.ask(0, DESCRIBE_CLUSTER, 1, { includeClusterAuthorizedOperations: false, endpointType: 2 }),
  'DescribeCluster of an unknown kind of endpoint': (world) =>
    world.ask(0, DESCRIBE_CLUSTER, 1, { includeClusterAuthorizedOperations: false, endpointType: 7 }),
});

const initProducerId = (
  world: World,
  value: { readonly transactionalId?: string; readonly producerId?: number; readonly producerEpoch?: number },
): Promise<unknown> =>
  world.ask(0, INIT_PRODUCER_ID, 4, { transactionalId: null, transactionTimeoutMs: 60_000, ...value });

const PRODUCER_ID_ROWS = rowsOf('8.5', {
  'InitProducerId with an empty transactional id': (world) => initProducerId(world, { transactionalId: '' }),
  'InitProducerId with a producer id and no epoch': (world) => initProducerId(world, { producerId: 5 }),
  'InitProducerId with an epoch and no producer id': (world) => initProducerId(world, { producerEpoch: 5 }),
  'InitProducerId with a producer id that nobody gave': (world) =>
    initProducerId(world, { producerId: 987_654, producerEpoch: 3 }),
});

const describeConfigs = (
  world: World,
  resourceType: number,
  resourceName: string,
  configurationKeys: readonly string[] | null = [],
): Promise<unknown> =>
  world.ask(0, DESCRIBE_CONFIGS, 4, {
    resources: [
      {
        resourceType,
        resourceName,
        configurationKeys: configurationKeys === null ? null : [...configurationKeys],
      },
    ],
  });

const CONFIG_ROWS = rowsOf('8.6', {
  'DescribeConfigs of an unknown topic': (world) => describeConfigs(world, TOPIC, 'nowhere'),
  'DescribeConfigs of an invalid topic name': (world) => describeConfigs(world, TOPIC, 'a b'),
  'DescribeConfigs of a topic without a name': (world) => describeConfigs(world, TOPIC, ''),
  'DescribeConfigs of another broker': (world) => describeConfigs(world, BROKER, '1'),
  'DescribeConfigs of a broker whose id is no number': (world) => describeConfigs(world, BROKER, 'one'),
  'DescribeConfigs of the loggers of another broker': (world) => describeConfigs(world, BROKER_LOGGER, '1'),
  'DescribeConfigs of the loggers of no broker': (world) => describeConfigs(world, BROKER_LOGGER, ''),
  'DescribeConfigs of a resource type that does not exist': (world) => describeConfigs(world, 77, 'x'),
  'DescribeConfigs of a config that does not exist': (world) =>
    describeConfigs(world, TOPIC, 'plain', ['no.such.config']),
});

export const BROKER_ROWS = [...CONTROL_ROWS, ...CONTROLLER_ROWS, ...PRODUCER_ID_ROWS, ...CONFIG_ROWS];
