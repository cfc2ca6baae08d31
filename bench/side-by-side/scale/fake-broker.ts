/**
 * A broker that is none: it is registered in ZooKeeper, takes what a controller tells it, answers that all is well and
 * notes when it came. With such brokers a controller can be watched alone, whatever the number of partitions.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { decodeRequestHeader, encodeResponse } from '../../../src/protocol/index.ts';
import { LeaderAndIsrResponse } from '../../../src/protocol/messages/04-leader-and-isr.ts';
import { StopReplicaResponse } from '../../../src/protocol/messages/05-stop-replica.ts';
import { UpdateMetadataResponse } from '../../../src/protocol/messages/06-update-metadata.ts';
import type { KafkaZkClient } from '../../../src/zookeeper/index.ts';

const HOST = '127.0.0.1';
const LENGTH_BYTES = 4;

export class FakeBroker {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #toldAtMs = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(zookeeper: KafkaZkClient, id: number): Promise<FakeBroker> {
    const broker = new FakeBroker();
    broker.#server.listen(0, HOST);
    await once(broker.#server, 'listening');
    const { port } = broker.#server.address() as AddressInfo;
    const endpoint = { host: HOST, port, listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT' } as const;
    const registration = { id, endpoints: [endpoint], rack: null, features: new Map(), jmxPort: -1 };
    const { kind } = await zookeeper.brokers.registerBroker(registration);
    if (kind !== 'registered') throw new Error(`broker ${id} is registered already`);
    return broker;
  }

  /** When the last byte of the latest request came, by the wall clock. */
  get toldAtMs(): number {
    return this.#toldAtMs;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let chunks: Buffer[] = [];
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      for (;;) {
        const head = chunks[0]?.length ?? 0;
        if (chunks.length > 1 && head < LENGTH_BYTES) chunks = [Buffer.concat(chunks)];
        if (bytes < LENGTH_BYTES) return;
        const end = LENGTH_BYTES + (chunks[0]?.readInt32BE(0) ?? 0);
        if (bytes < end) return;
        const all = Buffer.concat(chunks);
        chunks = [all.subarray(end)];
        bytes -= end;
        this.#toldAtMs = Date.now();
        for (const part of answerTo(all.subarray(LENGTH_BYTES, end))) socket.write(part);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function answerTo(frame: Buffer): Buffer[] {
  const { apiKey, apiVersion, correlationId } = decodeRequestHeader(frame);
  switch (apiKey) {
    case LeaderAndIsrResponse.apiKey:
      return encodeResponse(LeaderAndIsrResponse, apiVersion, correlationId, {
        errorCode: 0,
        partitionErrors: [],
        topics: [],
      });
    case StopReplicaResponse.apiKey:
      return encodeResponse(StopReplicaResponse, apiVersion, correlationId, {
        errorCode: 0,
        partitionErrors: [],
      });
    case UpdateMetadataResponse.apiKey:
      return encodeResponse(UpdateMetadataResponse, apiVersion, correlationId, { errorCode: 0 });
    default:
      throw new Error(`a controller has no business with api ${apiKey}`);
  }
}
