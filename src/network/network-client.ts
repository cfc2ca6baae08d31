/**
 * One connection to a broker, for calls between brokers and for tools: what Kafka's NetworkClient is for one node.
 *
 * A broker answers in the order of the requests, so each response must carry the oldest waiting call's correlation
 * id; anything else means that the stream cannot be trusted, and the connection is closed. Every call ends: with its
 * response, or with a NetworkError when the connection is lost or the time is up.
 */
import { Deferred } from '../common/index.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../protocol/messages/18-api-versions.ts';
import {
  apiByKey,
  ApiKeys,
  decodeResponse,
  encodeRequest,
  ErrorCode,
  errorNameOf,
} from '../protocol/index.ts';
import type { Fields, MessageSchema, RequestIdentity, StructInput, StructOf } from '../protocol/index.ts';
import { errorMessageOf } from '../runtime/index.ts';
import type { Connection, Runtime, Timer } from '../runtime/index.ts';
import { FrameReader } from './frame-reader.ts';
import { NetworkError } from './network-error.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** Both ends belong to it. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

export interface NetworkClientOptions {
  readonly clientId: string;
  readonly requestTimeoutMs?: number;
  /** Calls that wait for a response at most. */
  readonly maxInFlight?: number;
  readonly maxResponseBytes?: number;
  readonly connectTimeoutMs?: number;
  /** Runs after connecting and before any other call: SASL. */
  readonly authenticate?: (client: NetworkClient) => Promise<void>;
}

export interface CallOptions {
  readonly timeoutMs?: number;
}

type ClientRuntime = Pick<Runtime, 'network' | 'timers'>;

interface Call {
  readonly correlationId: number;
  readonly api: string;
  readonly timer: Timer;
  readonly onFrame: (frame: Buffer) => void;
  readonly fail: (error: NetworkError) => void;
}

const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_IN_FLIGHT = 100;
/** Responses have no bound in Kafka; this is the largest a Java array, and so a JVM broker's response, can be. */
const MAX_RESPONSE_BYTES = 0x7fff_ffff;
/** What a frame without a header is filed under. */
const NO_CORRELATION_ID = -1;
/** Every broker of Kafka 0.10 and later knows version 0; a newer one it does not know it answers in version 0. */
const API_VERSIONS_VERSION = 3;

export class NetworkClient {
  readonly address: BrokerAddress;
  readonly #options: NetworkClientOptions;
  readonly #timers: Runtime['timers'];
  readonly #socket: Connection;
  readonly #reader: FrameReader;
  readonly #calls: Call[] = [];
  readonly #closed = new Deferred<void>();
  #versions: ReadonlyMap<number, VersionRange> = new Map();
  #nextCorrelationId = 0;
  #error: NetworkError | undefined;

  private constructor(
    runtime: ClientRuntime,
    address: BrokerAddress,
    socket: Connection,
    options: NetworkClientOptions,
  ) {
    this.address = address;
    this.#options = options;
    this.#timers = runtime.timers;
    this.#socket = socket;
    this.#reader = new FrameReader({ maxBytes: options.maxResponseBytes ?? MAX_RESPONSE_BYTES });
    socket.onClose((error) =>
      this.#end(new NetworkError('DISCONNECTED', `${this.#peer} closed the connection`, error)),
    );
    socket.onData((chunk) => this.#onData(chunk));
  }

  /** Connects and authenticates; rejects with NetworkError. */
  static async connect(
    runtime: ClientRuntime,
    address: BrokerAddress,
    options: NetworkClientOptions,
  ): Promise<NetworkClient> {
    const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    let socket: Connection;
    try {
      socket = await runtime.network.connect({ ...address, timeoutMs });
    } catch (error) {
      const reason = `cannot connect to ${address.host}:${address.port}: ${errorMessageOf(error)}`;
      throw new NetworkError('DISCONNECTED', reason, error);
    }
    const client = new NetworkClient(runtime, address, socket, options);
    try {
      await options.authenticate?.(client);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  get isOpen(): boolean {
    return this.#error === undefined;
  }

  get inFlight(): number {
    return this.#calls.length;
  }

  /** Resolves when the connection is closed, from whichever side. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** One call. Rejects with NetworkError only. */
  send<Q extends Fields, R extends Fields>(
    request: MessageSchema<Q>,
    response: MessageSchema<R>,
    version: number,
    value: StructInput<Q>,
    options?: CallOptions,
  ): Promise<StructOf<R>> {
    const decode = (frame: Buffer): StructOf<R> => decodeResponse(response, version, frame).value;
    return this.#call(
      request.name,
      (identity) => encodeRequest(request, version, identity, value),
      decode,
      options,
    );
  }

  /** A request that has no response: produce with acks=0. */
  sendOneWay<Q extends Fields>(request: MessageSchema<Q>, version: number, value: StructInput<Q>): void {
    if (this.#error !== undefined) throw this.#error;
    this.#socket.write(encodeRequest(request, version, this.#newIdentity(), value));
  }

  /** Sends one frame as it is and gives the next frame that comes: SASL tokens of the time before SaslAuthenticate. */
  sendRaw(payload: Buffer, options?: CallOptions): Promise<Buffer> {
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(payload.length, 0);
    return this.#call(
      'SASL token',
      () => [length, payload],
      (frame) => frame,
      options,
      NO_CORRELATION_ID,
    );
  }

  /** Asks which versions the broker knows; needed once before `negotiatedVersion`. */
  async negotiate(): Promise<void> {
    let answer = await this.#askVersions(API_VERSIONS_VERSION);
    if (errorNameOf(answer.errorCode) === 'UNSUPPORTED_VERSION') {
      const known = answer.apiKeys.find(({ apiKey }) => apiKey === ApiKeys.ApiVersions);
      answer = await this.#askVersions(Math.min(known?.maxVersion ?? 0, API_VERSIONS_VERSION));
    }
    const error = errorNameOf(answer.errorCode);
    if (error !== 'NONE')
      throw new NetworkError('UNSUPPORTED_VERSION', `${this.#peer} answered ApiVersions with ${error}`);
    this.#versions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        { min: minVersion, max: maxVersion },
      ]),
    );
  }

  /** The highest version both sides know, within `wanted` if given; undefined if there is none. */
  negotiatedVersion(api: number | MessageSchema, wanted?: VersionRange): number | undefined {
    const key = typeof api === 'number' ? api : api.apiKey;
    const ours = key === undefined ? undefined : apiByKey(key);
    const theirs = key === undefined ? undefined : this.#versions.get(key);
    if (ours === undefined || theirs === undefined) return undefined;
    const max = Math.min(ours.maxVersion, theirs.max, wanted?.max ?? theirs.max);
    const min = Math.max(ours.minVersion, theirs.min, wanted?.min ?? theirs.min);
    return max >= min ? max : undefined;
  }

  close(): void {
    this.#end(new NetworkError('CLOSED', `the connection to ${this.#peer} was closed from here`));
  }

  get #peer(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  /** A broker that lacks the version says so in a body of version 0, whatever was asked (KIP-511). */
  #askVersions(version: number): Promise<ApiVersionsResponse> {
    const value = { clientSoftwareName: 'klassik', clientSoftwareVersion: '0.1.0' };
    return this.#call(
      'ApiVersions',
      (identity) => encodeRequest(ApiVersionsRequest, version, identity, value),
      (frame) => {
        const isRefusal = frame.length >= 6 && frame.readInt16BE(4) === ErrorCode.UNSUPPORTED_VERSION;
        return decodeResponse(ApiVersionsResponse, isRefusal ? 0 : version, frame).value;
      },
    );
  }

  #call<T>(
    api: string,
    encode: (identity: RequestIdentity) => Buffer[],
    decode: (frame: Buffer) => T,
    { timeoutMs = this.#options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS }: CallOptions = {},
    fixedCorrelationId?: number,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) throw this.#error;
      if (this.#calls.length >= (this.#options.maxInFlight ?? MAX_IN_FLIGHT))
        throw new NetworkError('TOO_MANY_IN_FLIGHT', `${this.#calls.length} calls wait for ${this.#peer}`);
      const identity = this.#newIdentity();
      const buffers = encode(identity);
      this.#calls.push({
        correlationId: fixedCorrelationId ?? identity.correlationId,
        api,
        timer: this.#timers.after(timeoutMs, () => this.#onTimeout(api, timeoutMs)),
        onFrame: (frame) => resolve(decode(frame)),
        fail: reject,
      });
      this.#socket.write(buffers);
    });
  }

  #newIdentity(): RequestIdentity {
    const correlationId = this.#nextCorrelationId;
    this.#nextCorrelationId = (correlationId + 1) & 0x7fff_ffff;
    return { correlationId, clientId: this.#options.clientId };
  }

  #onData(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#onFrame(frame);
    } catch (error) {
      this.#end(
        new NetworkError(
          'BAD_RESPONSE',
          `${this.#peer} sent what is no response: ${errorMessageOf(error)}`,
          error,
        ),
      );
    }
  }

  #onFrame(frame: Buffer): void {
    const call = this.#calls[0];
    if (call === undefined) throw new Error('nothing was asked');
    if (call.correlationId !== NO_CORRELATION_ID) {
      const correlationId = frame.length < 4 ? undefined : frame.readInt32BE(0);
      if (correlationId !== call.correlationId)
        throw new Error(
          `${call.api} has correlation id ${call.correlationId}, the response ${correlationId ?? 'none'}`,
        );
    }
    // Decoding may throw; the call is then still the first and is failed with the rest.
    call.onFrame(frame);
    call.timer.cancel();
    this.#calls.shift();
  }

  #onTimeout(api: string, timeoutMs: number): void {
    this.#end(new NetworkError('TIMED_OUT', `${this.#peer} did not answer ${api} within ${timeoutMs} ms`));
  }

  #end(error: NetworkError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.destroy();
    for (const call of this.#calls.splice(0)) {
      call.timer.cancel();
      call.fail(error);
    }
    this.#closed.resolve();
  }
}
