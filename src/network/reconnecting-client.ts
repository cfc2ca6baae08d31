/**
 * A broker that is called again and again: connects when a call needs it, negotiates versions once per connection,
 * and after a failure waits before it connects anew, longer each time, as `reconnect.backoff.ms` and
 * `reconnect.backoff.max.ms` say for Kafka's clients. Calls made meanwhile wait; each ends within its own time.
 */
import { defined } from '../common/index.ts';
import type { Fields, MessageSchema, StructInput, StructOf } from '../protocol/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { NetworkClient } from './network-client.ts';
import type { BrokerAddress, CallOptions, NetworkClientOptions, VersionRange } from './network-client.ts';
import { NetworkError } from './network-error.ts';

export interface ReconnectingClientOptions extends NetworkClientOptions {
  readonly reconnectBackoffMs?: number;
  readonly reconnectBackoffMaxMs?: number;
}

type ClientRuntime = Pick<Runtime, 'network' | 'timers' | 'clock' | 'random'>;

const BACKOFF_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** Waits differ by up to this share, so that brokers cut off together do not come back together. */
const JITTER = 0.2;

export class ReconnectingClient {
  readonly #runtime: ClientRuntime;
  readonly #options: ReconnectingClientOptions;
  readonly #address: BrokerAddress;
  #client: NetworkClient | undefined;
  #connecting: Promise<NetworkClient> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #closed = false;

  constructor(runtime: ClientRuntime, address: BrokerAddress, options: ReconnectingClientOptions) {
    this.#runtime = runtime;
    this.#address = address;
    this.#options = options;
  }

  get address(): BrokerAddress {
    return this.#address;
  }

  get isConnected(): boolean {
    return this.#client?.isOpen === true;
  }

  /** A connection that is open, with its versions negotiated. Rejects with NetworkError after one failed attempt. */
  async ready(): Promise<NetworkClient> {
    this.#checkOpen();
    if (this.#client?.isOpen === true) return this.#client;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  /**
   * One call in a given version, or in the highest both sides know within a range (default: all that is known here).
   * Rejects with NetworkError; nothing is sent twice.
   */
  async send<Q extends Fields, R extends Fields>(
    request: MessageSchema<Q>,
    response: MessageSchema<R>,
    version: number | VersionRange | undefined,
    value: StructInput<Q>,
    options?: CallOptions,
  ): Promise<StructOf<R>> {
    const client = await this.ready();
    const chosen =
      typeof version === 'number'
        ? version
        : client.negotiatedVersion(defined(request.apiKey, `the api key of ${request.name}`), version);
    if (chosen === undefined)
      throw new NetworkError(
        'UNSUPPORTED_VERSION',
        `the broker knows no version of ${request.name} known here`,
      );
    return client.send(request, response, chosen, value, options);
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  async #connect(): Promise<NetworkClient> {
    const waitMs = this.#notBeforeMs - this.#runtime.clock.monotonicMs();
    if (waitMs > 0) await this.#runtime.timers.sleep(waitMs);
    try {
      const client = await this.#connectOnce();
      this.#failures = 0;
      this.#client = client;
      // A connection that is lost at once must not be made anew in a tight loop.
      this.#notBeforeMs = this.#runtime.clock.monotonicMs() + this.#backoffMs(0);
      return client;
    } catch (error) {
      this.#notBeforeMs = this.#runtime.clock.monotonicMs() + this.#backoffMs(this.#failures);
      this.#failures += 1;
      throw error;
    }
  }

  async #connectOnce(): Promise<NetworkClient> {
    this.#checkOpen();
    const client = await NetworkClient.connect(this.#runtime, this.#address, this.#options);
    try {
      await client.negotiate();
      this.#checkOpen();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new NetworkError('CLOSED', 'the client was closed from here');
  }

  #backoffMs(failures: number): number {
    const { reconnectBackoffMs = BACKOFF_MS, reconnectBackoffMaxMs = BACKOFF_MAX_MS } = this.#options;
    const plainMs = Math.min(reconnectBackoffMaxMs, reconnectBackoffMs * 2 ** Math.min(failures, 30));
    const spread = (this.#runtime.random.below(2001) - 1000) / 1000;
    return plainMs * (1 + JITTER * spread);
  }
}
