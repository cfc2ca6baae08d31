/**
 * A broker that is only what a controller sees of one: a registration in ZooKeeper, a socket that answers control
 * requests and writes them down, a metadata cache fed by them. Each may have a controller of its own.
 */
import { BrokerConfig } from '../../../src/config/index.ts';
import { KafkaController, networkChannels } from '../../../src/controller/index.ts';
import { MetadataCache } from '../../../src/metadata/index.ts';
import { Metrics } from '../../../src/metrics/index.ts';
import { FrameReader } from '../../../src/network/index.ts';
import { FactStream, type RecordedFact } from '../../../src/observe/index.ts';
import {
  decodeMessage,
  decodeRequestHeader,
  encodeResponse,
  ErrorCode,
} from '../../../src/protocol/index.ts';
import {
  LeaderAndIsrRequest,
  LeaderAndIsrResponse,
} from '../../../src/protocol/messages/04-leader-and-isr.ts';
import { StopReplicaRequest, StopReplicaResponse } from '../../../src/protocol/messages/05-stop-replica.ts';
import {
  UpdateMetadataRequest,
  UpdateMetadataResponse,
} from '../../../src/protocol/messages/06-update-metadata.ts';
import type { Connection, Listener, Runtime } from '../../../src/runtime/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { NO_POLICIES, ZkAdminManager } from '../../../src/server/admin/index.ts';
import {
  connectKafkaZkClient,
  type BrokerRegistration,
  type KafkaZkClient,
} from '../../../src/zookeeper/index.ts';

export interface ReceivedControl {
  readonly api: 'LeaderAndIsr' | 'UpdateMetadata' | 'StopReplica';
  readonly version: number;
  readonly controllerId: number;
  readonly controllerEpoch: number;
  readonly brokerEpoch: number;
  /** `orders-0` */
  readonly partitions: readonly string[];
}

const SESSION_TIMEOUT_MS = 6000;

export class FakeBroker {
  readonly id: number;
  readonly received: ReceivedControl[] = [];
  readonly facts: RecordedFact[] = [];
  readonly metadataCache = new MetadataCache();
  readonly controller: KafkaController;
  readonly adminManager: ZkAdminManager;
  readonly zk: KafkaZkClient;
  brokerEpoch = -1;
  /** Answer to StopReplica that deletes. */
  deleteError: keyof typeof ErrorCode = 'NONE';
  /** Answer to LeaderAndIsr, of every partition. */
  leaderAndIsrError: keyof typeof ErrorCode = 'NONE';
  readonly #runtime: Runtime;
  readonly #listener: Listener;
  readonly #connections: Set<Connection>;

  static async start(id: number, zookeeper: string): Promise<FakeBroker> {
    const runtime = createNodeRuntime();
    const connections = new Set<Connection>();
    const handlers: { onRequest?: (frame: Buffer) => Buffer[] } = {};
    const listener = await runtime.network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
      connections.add(connection);
      const reader = new FrameReader({ maxBytes: 1 << 24 });
      connection.onClose(() => connections.delete(connection));
      connection.onData((chunk) => {
        for (const frame of reader.push(chunk)) connection.write(handlers.onRequest?.(frame) ?? []);
      });
    });
    const zk = await connectKafkaZkClient({
      connect: zookeeper,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      runtime,
    });
    await zk.createTopLevelPaths();
    const broker = new FakeBroker(id, runtime, zk, zookeeper, listener, connections);
    handlers.onRequest = (frame) => broker.#answer(frame);
    await broker.register();
    return broker;
  }

  private constructor(
    id: number,
    runtime: Runtime,
    zk: KafkaZkClient,
    zookeeper: string,
    listener: Listener,
    connections: Set<Connection>,
  ) {
    this.id = id;
    this.zk = zk;
    this.#runtime = runtime;
    this.#listener = listener;
    this.#connections = connections;
    const { config } = BrokerConfig.parse({
      'broker.id': String(id),
      'zookeeper.connect': zookeeper,
      listeners: `PLAINTEXT://127.0.0.1:${listener.port}`,
    });
    const facts = new FactStream({ broker: id, nowMs: () => runtime.clock.wallMs() });
    facts.subscribe((fact) => this.facts.push(fact));
    const metrics = new Metrics(runtime.clock);
    const { metadataCache } = this;
    this.adminManager = new ZkAdminManager({
      runtime,
      config: () => config,
      metrics,
      metadataCache,
      zkClient: zk,
      policies: NO_POLICIES,
    });
    this.controller = new KafkaController({
      runtime,
      facts,
      metrics,
      config,
      configNow: () => config,
      zkClient: zk,
      brokerId: id,
      reRegister: () => this.register(),
      openChannel: networkChannels({ runtime, config, brokerId: id }),
    });
  }

  async register(): Promise<void> {
    const outcome = await this.zk.brokers.registerBroker(this.registration());
    if (outcome.kind !== 'registered') throw new Error(`broker ${this.id} is registered by somebody else`);
    this.brokerEpoch = outcome.brokerEpoch;
  }

  registration(): BrokerRegistration {
    return {
      id: this.id,
      rack: null,
      jmxPort: -1,
      features: new Map(),
      endpoints: [
        {
          host: '127.0.0.1',
          port: this.#listener.port,
          listenerName: 'PLAINTEXT',
          securityProtocol: 'PLAINTEXT',
        },
      ],
    };
  }

  /** Everything ends at once: its session with it. */
  async stop(): Promise<void> {
    await this.controller.shutdown();
    await this.zk.close();
    await this.#listener.close();
    for (const connection of this.#connections) connection.destroy();
    await this.#runtime.workers.close();
  }

  #answer(frame: Buffer): Buffer[] {
    const { apiKey, apiVersion: version, correlationId, bodyPosition } = decodeRequestHeader(frame);
    switch (apiKey) {
      case 4: {
        const request = decodeMessage(LeaderAndIsrRequest, version, frame, bodyPosition);
        this.#note('LeaderAndIsr', version, request);
        const topics = request.topicStates.map(({ topicId, partitionStates }) => ({
          topicId,
          partitionErrors: partitionStates.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode[this.leaderAndIsrError],
          })),
        }));
        return encodeResponse(LeaderAndIsrResponse, version, correlationId, { errorCode: 0, topics });
      }
      case 5: {
        const request = decodeMessage(StopReplicaRequest, version, frame, bodyPosition);
        this.#note('StopReplica', version, request);
        const partitionErrors = request.topicStates.flatMap(({ topicName, partitionStates }) =>
          partitionStates.map(({ partitionIndex, deletePartition }) => ({
            topicName,
            partitionIndex,
            errorCode: deletePartition ? ErrorCode[this.deleteError] : 0,
          })),
        );
        return encodeResponse(StopReplicaResponse, version, correlationId, { errorCode: 0, partitionErrors });
      }
      default: {
        const request = decodeMessage(UpdateMetadataRequest, version, frame, bodyPosition);
        this.#note('UpdateMetadata', version, request);
        this.metadataCache.updateMetadata(request);
        return encodeResponse(UpdateMetadataResponse, version, correlationId, { errorCode: 0 });
      }
    }
  }

  #note(
    api: ReceivedControl['api'],
    version: number,
    request: LeaderAndIsrRequest | StopReplicaRequest | UpdateMetadataRequest,
  ): void {
    const { controllerId, controllerEpoch, brokerEpoch } = request;
    const partitions = request.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(({ partitionIndex }) => `${topicName}-${partitionIndex}`),
    );
    this.received.push({ api, version, controllerId, controllerEpoch, brokerEpoch, partitions });
  }
}

/** Waits until `check` gives something other than undefined or false; looks again every few milliseconds. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`it never came true that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
