/**
 * One connection of a tool to one broker: it asks for the broker's API versions first, then speaks each request in
 * the newest version both know. Answers come back in the order of the requests, as Kafka promises, and are matched
 * by correlation id. A connection that breaks fails all that wait on it; retrying is left to ClusterClient.
 */
import { Deferred } from '../../common/index.ts';
import {
  apiByKey,
  decodeResponse,
  encodeRequest,
  errorNameOf,
  highestCommonVersion,
  KafkaError,
} from '../../protocol/index.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from '../../protocol/index.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/messages/18-api-versions.ts';
import type { Connection, Timers } from '../../runtime/index.ts';
import type { ClientRuntime } from './client-runtime.ts';

/** A request's definition with that of its answer. */
export interface Api<Req extends Fields, Res extends Fields> {
  readonly request: MessageSchema<Req>;
  readonly response: MessageSchema<Res>;
}

/** No answer is larger: a defence against reading another protocol's bytes as a length. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
/** UNSUPPORTED_VERSION, which a broker without our version of ApiVersions answers. */
const UNSUPPORTED_VERSION = 35;

export class BrokerConnection {
  readonly host: string;
  readonly port: number;
  readonly #connection: Connection;
  readonly #timers: Timers;
  readonly #clientId: string;
  readonly #requestTimeoutMs: number | undefined;
  readonly #waiting = new Map<number, Deferred<Buffer>>();
  #versions: StructOf<(typeof ApiVersionsResponse)['fields']> | undefined;
  #received: Buffer = Buffer.alloc(0);
  #correlationId = 0;
  #closed = false;

  private constructor(
    connection: Connection,
    timers: Timers,
    { host, port }: { readonly host: string; readonly port: number },
    clientId: string,
    requestTimeoutMs: number | undefined,
  ) {
    this.#connection = connection;
    this.#timers = timers;
    this.host = host;
    this.port = port;
    this.#clientId = clientId;
    this.#requestTimeoutMs = requestTimeoutMs;
    connection.onData((chunk) => this.#onData(chunk));
    connection.onClose(() => this.#onClose());
  }

  /** A broker that has not answered within `requestTimeoutMs` loses the connection; absent, it may take its time. */
  static async open(
    { network, timers }: Pick<ClientRuntime, 'network' | 'timers'>,
    { host, port }: { readonly host: string; readonly port: number },
    clientId: string,
    timeoutMs: number,
    requestTimeoutMs?: number,
  ): Promise<BrokerConnection> {
    const connection = await network.connect({ host, port, timeoutMs });
    const broker = new BrokerConnection(connection, timers, { host, port }, clientId, requestTimeoutMs);
    broker.#versions = await broker.#askVersions();
    return broker;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** What the broker offers, in the order of its answer. */
  get offers(): StructOf<(typeof ApiVersionsResponse)['fields']>['apiKeys'] {
    return this.#versions?.apiKeys ?? [];
  }

  /** The newest version both sides speak, capped where a caller needs an older shape. */
  versionOf(apiKey: number, atMost = Infinity): number {
    const offer = this.offers.find((each) => each.apiKey === apiKey);
    const version = offer === undefined ? null : highestCommonVersion(offer);
    if (version === null) {
      const name = apiByKey(apiKey)?.name ?? String(apiKey);
      throw new KafkaError('UNSUPPORTED_VERSION', `The node does not support ${name}`);
    }
    return Math.min(version, atMost);
  }

  async call<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    value: StructInput<Req>,
    atMost?: number,
  ): Promise<StructOf<Res>> {
    const version = this.versionOf(api.request.apiKey ?? -1, atMost);
    const frame = await this.#exchange(api, version, value);
    return decodeResponse(api.response, version, frame).value;
  }

  /** For acks=0, the one request without an answer. */
  send<Req extends Fields>(request: MessageSchema<Req>, value: StructInput<Req>): void {
    const version = this.versionOf(request.apiKey ?? -1);
    const identity = { correlationId: this.#correlationId++, clientId: this.#clientId };
    this.#connection.write(encodeRequest(request, version, identity, value));
  }

  close(): void {
    this.#connection.end();
    this.#onClose();
  }

  async #askVersions(): Promise<StructOf<(typeof ApiVersionsResponse)['fields']>> {
    const api = { request: ApiVersionsRequest, response: ApiVersionsResponse };
    const software = { clientSoftwareName: 'klassik', clientSoftwareVersion: '0.1.0' };
    const frame = await this.#exchange(api, 3, software);
    // KIP-511: a broker that lacks our version says so in version 0, whose layout begins with the error.
    if (frame.readInt16BE(4) !== UNSUPPORTED_VERSION) {
      return decodeResponse(ApiVersionsResponse, 3, frame).value;
    }
    const again = decodeResponse(ApiVersionsResponse, 0, await this.#exchange(api, 0, {})).value;
    if (again.errorCode !== 0) throw new KafkaError(errorNameOf(again.errorCode));
    return again;
  }

  #exchange<Req extends Fields, Res extends Fields>(
    api: Api<Req, Res>,
    version: number,
    value: StructInput<Req>,
  ): Promise<Buffer> {
    if (this.#closed) return Promise.reject(disconnected(this));
    const correlationId = this.#correlationId++;
    const waiting = new Deferred<Buffer>();
    this.#waiting.set(correlationId, waiting);
    this.#connection.write(
      encodeRequest(api.request, version, { correlationId, clientId: this.#clientId }, value),
    );
    if (this.#requestTimeoutMs === undefined) return waiting.promise;
    const timer = this.#timers.after(this.#requestTimeoutMs, () => this.#giveUp());
    return waiting.promise.finally(() => timer.cancel());
  }

  /** Whatever comes later would be the answer to something else. */
  #giveUp(): void {
    this.#connection.destroy();
    this.#onClose();
  }

  #onData(chunk: Buffer): void {
    // The chunk is only lent; concat copies it.
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      if (this.#received.length < 4) return;
      const size = this.#received.readInt32BE(0);
      if (size < 4 || size > ANSWER_BYTES_MAX) {
        this.#connection.destroy();
        return;
      }
      if (this.#received.length < 4 + size) return;
      const frame = this.#received.subarray(4, 4 + size);
      this.#received = this.#received.subarray(4 + size);
      const correlationId = frame.readInt32BE(0);
      const waiting = this.#waiting.get(correlationId);
      this.#waiting.delete(correlationId);
      waiting?.resolve(frame);
    }
  }

  #onClose(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.values()) waiting.reject(disconnected(this));
    this.#waiting.clear();
  }
}

function disconnected(broker: { readonly host: string; readonly port: number }): KafkaError {
  return new KafkaError(
    'NETWORK_EXCEPTION',
    `The broker at ${broker.host}:${broker.port} closed the connection`,
  );
}
