/**
 * The channels from the controller to the brokers: per broker one queue, one connection, one request in flight
 * (contract 3.5). The controller's own broker is one of them, reached over its socket like the others.
 *
 * Invariants: a broker receives the controller's requests in the order they were sent, each until it is answered: a
 * request is repeated on a new connection for as long as the broker is registered. Removing the broker ends that and
 * throws away what waits. Answers are handed on; what they mean is left to the events.
 */
import type { Metrics } from '../metrics/index.ts';
import type { LeaderAndIsrResponse } from '../protocol/messages/04-leader-and-isr.ts';
import type { StopReplicaResponse } from '../protocol/messages/05-stop-replica.ts';
import type { UpdateMetadataResponse } from '../protocol/messages/06-update-metadata.ts';
import { nextTurn, type Clock, type Logger, type Timers } from '../runtime/index.ts';
import type { BrokerInfo } from '../zookeeper/index.ts';
import type { ControlRequest } from './controller-request-batch.ts';

export type ControlResponse =
  | { readonly kind: 'LeaderAndIsr'; readonly response: LeaderAndIsrResponse }
  | { readonly kind: 'UpdateMetadata'; readonly response: UpdateMetadataResponse }
  | { readonly kind: 'StopReplica'; readonly response: StopReplicaResponse };

/** A way to one broker. It connects when first used, and again after a failure. */
export interface ControllerChannel {
  /** Rejects when the connection broke, could not be made, or the broker did not answer in time. */
  send(request: ControlRequest): Promise<ControlResponse>;
  close(): void;
}

export type OpenChannel = (broker: BrokerInfo) => ControllerChannel;

export interface ChannelManagerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly openChannel: OpenChannel;
  readonly onResponse: (request: ControlRequest, response: ControlResponse) => void;
}

/** To write down more than these takes a millisecond and more. */
const MANY_PARTITIONS = 100;
/** Kafka's pause between two attempts to reach a broker. */
const RETRY_BACKOFF_MS = 100;

const CHANNEL_MANAGER = 'kafka.controller:type=ControllerChannelManager';

interface QueuedRequest {
  readonly request: ControlRequest;
  readonly enqueuedAtMs: number;
}

interface BrokerQueue {
  readonly broker: BrokerInfo;
  readonly channel: ControllerChannel;
  readonly requests: QueuedRequest[];
  sending: boolean;
  removed: boolean;
}

export class ControllerChannelManager {
  readonly #options: ChannelManagerOptions;
  readonly #queues = new Map<number, BrokerQueue>();
  /** Requests over many partitions leave one after another, each in a turn of the event loop of its own. */
  #lastTurn = Promise.resolve();

  constructor(options: ChannelManagerOptions) {
    this.#options = options;
    options.metrics.gauge(`${CHANNEL_MANAGER},name=TotalQueueSize`, () =>
      [...this.#queues.values()].reduce((sum, { requests }) => sum + requests.length, 0),
    );
  }

  get brokerIds(): number[] {
    return [...this.#queues.keys()];
  }

  addBroker(broker: BrokerInfo): void {
    if (this.#queues.has(broker.id)) return;
    const queue: BrokerQueue = {
      broker,
      channel: this.#options.openChannel(broker),
      requests: [],
      sending: false,
      removed: false,
    };
    this.#queues.set(broker.id, queue);
    const tags = { 'broker-id': broker.id };
    this.#options.metrics.gauge(`${CHANNEL_MANAGER},name=QueueSize`, () => queue.requests.length, tags);
  }

  removeBroker(id: number): void {
    const queue = this.#queues.get(id);
    if (queue === undefined) return;
    queue.removed = true;
    queue.requests.length = 0;
    queue.channel.close();
    this.#queues.delete(id);
    this.#options.metrics.remove(`${CHANNEL_MANAGER},name=QueueSize`, { 'broker-id': id });
    this.#options.metrics.remove(`${CHANNEL_MANAGER},name=RequestRateAndQueueTimeMs`, { 'broker-id': id });
  }

  removeAll(): void {
    for (const id of this.brokerIds) this.removeBroker(id);
  }

  /** Queues the requests. The queues are bounded by the number of steps the controller takes while a broker is stuck. */
  send(requests: readonly ControlRequest[]): void {
    for (const request of requests) {
      const queue = this.#queues.get(request.brokerId);
      if (queue === undefined) {
        this.#options.logger.warn(
          `Not sending ${request.kind} to broker ${request.brokerId}, since it is offline`,
        );
        continue;
      }
      queue.requests.push({ request, enqueuedAtMs: this.#options.clock.monotonicMs() });
      if (!queue.sending) void this.#sendAll(queue);
    }
  }

  async #sendAll(queue: BrokerQueue): Promise<void> {
    queue.sending = true;
    for (;;) {
      const next = queue.requests.shift();
      if (next === undefined) break;
      this.#options.metrics
        .timing(`${CHANNEL_MANAGER},name=RequestRateAndQueueTimeMs`, { 'broker-id': queue.broker.id })
        .update(this.#options.clock.monotonicMs() - next.enqueuedAtMs);
      await this.#sendUntilAnswered(queue, next.request);
    }
    queue.sending = false;
  }

  async #sendUntilAnswered(queue: BrokerQueue, request: ControlRequest): Promise<void> {
    while (!isRemoved(queue)) {
      try {
        if (partitionsOf(request) >= MANY_PARTITIONS) await this.#ownTurn();
        if (isRemoved(queue)) return;
        const response = await queue.channel.send(request);
        // An answer that arrives after the removal belongs to a broker, or a controller, that is no more.
        if (!isRemoved(queue)) this.#options.onResponse(request, response);
        return;
      } catch (error) {
        if (isRemoved(queue)) return;
        this.#options.logger.warn(
          `Sending ${request.kind} to broker ${queue.broker.id} failed; reconnecting to it`,
          { error },
        );
        await this.#options.timers.sleep(RETRY_BACKOFF_MS);
      }
    }
  }

  #ownTurn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => nextTurn(this.#options.timers));
    return this.#lastTurn;
  }
}

/** What it takes to write the request down. */
function partitionsOf({ request }: ControlRequest): number {
  return request.topicStates.reduce((sum, { partitionStates }) => sum + partitionStates.length, 0);
}

/** Asked anew after each await: the broker may have been removed meanwhile. */
function isRemoved(queue: BrokerQueue): boolean {
  return queue.removed;
}
