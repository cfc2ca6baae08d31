/**
 * The controller's channels over real connections: one NetworkClient per broker, made when first used and again after
 * it failed. Kafka asks for no ApiVersions here: the versions follow from inter.broker.protocol.version.
 */
import type { BrokerConfig, InterBrokerProtocol } from '../config/index.ts';
import { NetworkClient, type NetworkClientOptions } from '../network/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import { StopReplicaRequest, StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import { UpdateMetadataRequest, UpdateMetadataResponse } from '../protocol/messages/06-update-metadata.ts';
import type { Runtime } from '../runtime/index.ts';
import type { BrokerInfo } from '../zookeeper/index.ts';
import type { ControllerChannel, ControlResponse, OpenChannel } from './controller-channel-manager.ts';
import type { ControlRequest } from './controller-request-batch.ts';

export interface NetworkChannelOptions {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  readonly brokerId: number;
  /** Runs on each new connection, where the listener wants to know who calls (SASL). */
  readonly authenticate?: NonNullable<NetworkClientOptions['authenticate']>;
}

export function networkChannels(options: NetworkChannelOptions): OpenChannel {
  return (broker) => new NetworkChannel(options, broker);
}

class NetworkChannel implements ControllerChannel {
  readonly #options: NetworkChannelOptions;
  readonly #broker: BrokerInfo;
  #client: NetworkClient | undefined;
  #closed = false;

  constructor(options: NetworkChannelOptions, broker: BrokerInfo) {
    this.#options = options;
    this.#broker = broker;
  }

  async send(control: ControlRequest): Promise<ControlResponse> {
    const client = await this.#connected();
    try {
      return await sendOn(client, control, this.#options.config.interBrokerProtocol);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  async #connected(): Promise<NetworkClient> {
    if (this.#client?.isOpen === true) return this.#client;
    const { runtime, config, brokerId, authenticate } = this.#options;
    const listener = config.controllerListenerName;
    const endpoint = this.#broker.endpoints.find(({ listenerName }) => listenerName === listener);
    // Another broker's mistake, not ours: retried until it registers with the listener or goes.
    if (endpoint === undefined)
      throw new KafkaError('LISTENER_NOT_FOUND', `broker ${this.#broker.id} has no listener ${listener}`);
    const client = await NetworkClient.connect(
      runtime,
      { host: endpoint.host, port: endpoint.port },
      {
        clientId: String(brokerId),
        requestTimeoutMs: config.get('request.timeout.ms'),
        connectTimeoutMs: config.get('controller.socket.timeout.ms'),
        maxInFlight: 1,
        ...(authenticate === undefined ? {} : { authenticate }),
      },
    );
    if (this.#closed) client.close();
    this.#client = client;
    return client;
  }
}

async function sendOn(
  client: NetworkClient,
  { kind, request }: ControlRequest,
  protocol: InterBrokerProtocol,
): Promise<ControlResponse> {
  const version = protocol.versionOf(kind);
  switch (kind) {
    case 'LeaderAndIsr':
      return {
        kind,
        response: await client.send(LeaderAndIsrRequest, LeaderAndIsrResponse, version, request),
      };
    case 'UpdateMetadata':
      return {
        kind,
        response: await client.send(UpdateMetadataRequest, UpdateMetadataResponse, version, request),
      };
    case 'StopReplica':
      return {
        kind,
        response: await client.send(StopReplicaRequest, StopReplicaResponse, version, request),
      };
  }
}
