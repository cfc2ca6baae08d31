/**
 * A broker that stops on purpose first asks the controller to move the partitions it leads to other replicas, so that
 * clients see a leader change instead of a dead broker. It asks until the controller says that nothing is left, at
 * most `controlled.shutdown.max.retries` times; then it stops all the same (contract 3.8).
 */
import type { BrokerConfig } from '../config/index.ts';
import { ErrorCode, errorNameOf } from '../protocol/index.ts';
import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
} from '../protocol/messages/07-controlled-shutdown.ts';
import type { ConnectToBroker } from '../replication/index.ts';
import type { Logger, Runtime } from '../runtime/index.ts';
import type { KafkaZkClient } from '../zookeeper/index.ts';

interface ControlledShutdownOptions {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  readonly zkClient: KafkaZkClient;
  readonly connect: ConnectToBroker;
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly logger: Logger;
}

/** `inter.broker.protocol.version` 2.4 and later. */
const VERSION = 3;

export async function requestControlledShutdown(options: ControlledShutdownOptions): Promise<void> {
  const { runtime, config, logger } = options;
  const retries = config.get('controlled.shutdown.max.retries');
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (attempt > 0) await runtime.timers.sleep(config.get('controlled.shutdown.retry.backoff.ms'));
    try {
      const remaining = await askController(options);
      if (remaining.length === 0) {
        logger.info('Controlled shutdown request returned successfully after moving every leadership away');
        return;
      }
      logger.info(`Remaining partitions to move: ${remaining.join(', ')}`);
    } catch (error) {
      logger.warn('Controlled shutdown: the controller could not be asked', { error });
    }
  }
  logger.warn('Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed');
}

/** The partitions this broker still leads, as the controller sees it. */
async function askController(options: ControlledShutdownOptions): Promise<string[]> {
  const { config, zkClient, connect, brokerId, brokerEpoch } = options;
  const controllerId = await zkClient.controller.getControllerId();
  if (controllerId === null) throw new Error('there is no controller');
  const controller = await zkClient.brokers.getBroker(controllerId);
  const endpoint = controller?.endpoints.find(
    ({ listenerName }) => listenerName === config.interBrokerListenerName,
  );
  if (endpoint === undefined) throw new Error(`the controller ${controllerId} has no inter-broker listener`);
  const address = { id: controllerId, host: endpoint.host, port: endpoint.port, rack: null };
  const client = await connect(address, `broker-${brokerId}-controlled-shutdown`);
  try {
    const { errorCode, remainingPartitions } = await client.send(
      ControlledShutdownRequest,
      ControlledShutdownResponse,
      VERSION,
      { brokerId, brokerEpoch },
      { timeoutMs: config.get('controller.socket.timeout.ms') },
    );
    if (errorCode !== ErrorCode.NONE) throw new Error(`the controller answered ${errorNameOf(errorCode)}`);
    return remainingPartitions.map(({ topicName, partitionIndex }) => `${topicName}-${partitionIndex}`);
  } finally {
    client.close();
  }
}
