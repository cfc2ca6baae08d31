/**
 * How a broker talks to the controller (Kafka's NodeToControllerChannelManager): AlterPartition, AllocateProducerIds,
 * ControlledShutdown. Who the controller is only UpdateMetadata tells, so the answer NOT_CONTROLLER, like a lost
 * connection, means: look again, and try again after a pause.
 *
 * Invariant: a call ends only with a controller's answer, at its deadline, or when the channel is closed. It may have
 * been carried out more than once; every request that goes this way is safe to repeat.
 */
import type { BrokerEndpoint } from '../metadata/index.ts';
import { NetworkError, type VersionRange } from '../network/index.ts';
import {
  ErrorCode,
  type Fields,
  type MessageSchema,
  type StructInput,
  type StructOf,
} from '../protocol/index.ts';
import type { Clock, Logger, Timers } from '../runtime/index.ts';
import type { BrokerClient, ConnectToBroker } from './broker-client.ts';

export interface BrokerToControllerChannelOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly clientId: string;
  /** `control.plane.listener.name` where there is one, else the inter-broker listener. */
  readonly listenerName: string;
  readonly requestTimeoutMs: number;
  readonly metadataCache: {
    readonly controllerId: number;
    brokerEndpoint(id: number, listenerName: string): BrokerEndpoint | undefined;
  };
  readonly connect: ConnectToBroker;
}

export interface ControllerCall<Q extends Fields, R extends Fields> {
  readonly request: MessageSchema<Q>;
  readonly response: MessageSchema<R>;
  /** The versions the caller can make use of; both ends belong to it. */
  readonly versions?: VersionRange;
  /** Built anew for every try: the caller's epochs may have moved. */
  readonly value: (version: number) => StructInput<Q>;
  /** The error for all of it, to recognise NOT_CONTROLLER. */
  readonly errorCodeOf: (response: StructOf<R>) => number;
  /** When to give up; without it the call goes on until the channel is closed. */
  readonly timeoutMs?: number;
}

/** Between two tries. Kafka's request thread polls about as often. */
const RETRY_BACKOFF_MS = 100;

export class BrokerToControllerChannel {
  readonly #options: BrokerToControllerChannelOptions;
  #connected: { readonly controllerId: number; readonly client: Promise<BrokerClient> } | undefined;
  #isClosed = false;

  constructor(options: BrokerToControllerChannelOptions) {
    this.#options = options;
  }

  /** The controller's answer. Rejects with NetworkError: TIMED_OUT at the deadline, CLOSED, UNSUPPORTED_VERSION. */
  async call<Q extends Fields, R extends Fields>(call: ControllerCall<Q, R>): Promise<StructOf<R>> {
    const { clock, timers, logger } = this.#options;
    const deadlineMs = clock.monotonicMs() + (call.timeoutMs ?? Infinity);
    for (;;) {
      if (this.#isClosed) throw new NetworkError('CLOSED', 'the channel to the controller was closed');
      const response = await this.#tryOnce(call, deadlineMs);
      if (response !== undefined) return response;
      if (clock.monotonicMs() + RETRY_BACKOFF_MS >= deadlineMs) {
        throw new NetworkError('TIMED_OUT', `no controller answered ${call.request.name} in time`);
      }
      logger.debug('Will ask the controller again', { api: call.request.name, retryMs: RETRY_BACKOFF_MS });
      await timers.sleep(RETRY_BACKOFF_MS);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  /** Undefined: try again. */
  async #tryOnce<Q extends Fields, R extends Fields>(
    call: ControllerCall<Q, R>,
    deadlineMs: number,
  ): Promise<StructOf<R> | undefined> {
    const connection = this.#connection();
    if (connection === undefined) return undefined;
    try {
      const client = await connection;
      const version = client.negotiatedVersion(call.request, call.versions);
      if (version === undefined) {
        throw new NetworkError(
          'UNSUPPORTED_VERSION',
          `the controller knows no version of ${call.request.name} we do`,
        );
      }
      const leftMs = Math.max(1, deadlineMs - this.#options.clock.monotonicMs());
      const timeoutMs = Math.min(this.#options.requestTimeoutMs, leftMs);
      const value = call.value(version);
      const response = await client.send(call.request, call.response, version, value, { timeoutMs });
      if (call.errorCodeOf(response) !== ErrorCode.NOT_CONTROLLER) return response;
      this.#disconnect(connection);
    } catch (error) {
      this.#disconnect(connection);
      if (!(error instanceof NetworkError) || error.failure === 'UNSUPPORTED_VERSION') throw error;
      this.#options.logger.debug('The call to the controller failed', { api: call.request.name, error });
    }
    return undefined;
  }

  /** The connection to whom we now take for the controller; undefined while nobody is known. */
  #connection(): Promise<BrokerClient> | undefined {
    const { metadataCache, listenerName } = this.#options;
    const { controllerId } = metadataCache;
    if (this.#connected?.controllerId === controllerId) return this.#connected.client;
    this.#disconnect();
    const endpoint = controllerId < 0 ? undefined : metadataCache.brokerEndpoint(controllerId, listenerName);
    if (endpoint === undefined) return undefined;
    const client = this.#connect(endpoint);
    this.#connected = { controllerId, client };
    return client;
  }

  async #connect(endpoint: BrokerEndpoint): Promise<BrokerClient> {
    const client = await this.#options.connect(endpoint, this.#options.clientId);
    try {
      await client.negotiate();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /** Drops the connection, unless it is `only` and was replaced since. */
  #disconnect(only?: Promise<BrokerClient>): void {
    const connected = this.#connected;
    if (connected === undefined || (only !== undefined && connected.client !== only)) return;
    this.#connected = undefined;
    connected.client.then(
      (client) => client.close(),
      () => undefined,
    );
  }
}
