/**
 * The queue of the controller: one event at a time, in the order they came, each awaited to its end (contract 3.1).
 *
 * Invariant: while an event runs nothing else changes the controller's state; its Turn ends with it. An event that
 * fails is logged and the next one runs, as in Kafka: ZooKeeper still has the truth, and later events read it again.
 * What the events do is left to the processor.
 */
import { AssertionError } from '../common/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { FactStream } from '../observe/index.ts';
import type { Clock, Logger, Timers } from '../runtime/index.ts';
import { CONTROLLER_STATES, IDLE_STATE_ID, type ControllerEvent } from './controller-event.ts';
import { Turn } from './turn.ts';

interface ControllerEventProcessor {
  process(event: ControllerEvent, turn: Turn): Promise<void>;
  /** The event was cleared from the queue before it ran: whoever waits for its answer must hear of it. */
  preempt(event: ControllerEvent): void;
}

export interface ControllerEventManagerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly facts: FactStream;
  readonly logger: Logger;
  readonly processor: ControllerEventProcessor;
}

interface QueuedEvent {
  readonly event: ControllerEvent;
  readonly enqueuedAtMs: number;
  readonly ended: () => void;
}

/** No event takes that long with a ZooKeeper that answers. */
const CLOSE_WAIT_MS = 5_000;

const EVENT_MANAGER = 'kafka.controller:type=ControllerEventManager';
const CONTROLLER_STATS = 'kafka.controller:type=ControllerStats';
const nobodyWaits = (): void => undefined;

export class ControllerEventManager {
  readonly #options: ControllerEventManagerOptions;
  readonly #idleWaiters: (() => void)[] = [];
  #queue: QueuedEvent[] = [];
  #stateId = IDLE_STATE_ID;
  #running = false;
  #closed = false;

  constructor(options: ControllerEventManagerOptions) {
    this.#options = options;
    options.metrics.gauge(`${EVENT_MANAGER},name=EventQueueSize`, () => this.#queue.length);
    // Registered at once, because dashboards want to see them before the first event of a kind.
    for (const { timingName } of Object.values(CONTROLLER_STATES))
      if (timingName !== null) options.metrics.timing(`${CONTROLLER_STATS},name=${timingName}`);
  }

  /** The number of Kafka's ControllerState metric. */
  get stateId(): number {
    return this.#stateId;
  }

  /** After `close` events are preempted at once. */
  put(event: ControllerEvent): void {
    this.#enqueue(event, nobodyWaits);
  }

  /** Resolves when the event has ended, well or badly. */
  async putAndWait(event: ControllerEvent): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#enqueue(event, resolve);
    });
  }

  /** Throws away what waits, then runs `event`; resolves when that has ended. */
  async clearAndPut(event: ControllerEvent): Promise<void> {
    this.#clear();
    await this.putAndWait(event);
  }

  /**
   * Throws away what waits and resolves when the running event has ended, or hangs in a ZooKeeper that does not answer:
   * closing the client will end that one.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#clear();
    if (this.#running) {
      const idle = new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
      await Promise.race([idle, this.#options.timers.sleep(CLOSE_WAIT_MS)]);
    }
    this.#options.metrics.remove(`${EVENT_MANAGER},name=EventQueueSize`);
  }

  #clear(): void {
    const cleared = this.#queue;
    this.#queue = [];
    for (const { event, ended } of cleared) {
      this.#options.processor.preempt(event);
      ended();
    }
  }

  #enqueue(event: ControllerEvent, ended: () => void): void {
    if (this.#closed) {
      this.#options.processor.preempt(event);
      ended();
      return;
    }
    this.#queue.push({ event, enqueuedAtMs: this.#options.clock.monotonicMs(), ended });
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (;;) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      await this.#process(next);
    }
    this.#running = false;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #process({ event, enqueuedAtMs, ended }: QueuedEvent): Promise<void> {
    const { clock, metrics, facts, logger, processor } = this.#options;
    const { id, timingName } = CONTROLLER_STATES[event.kind];
    const startedAtMs = clock.monotonicMs();
    metrics.histogram(`${EVENT_MANAGER},name=EventQueueTimeMs`).update(startedAtMs - enqueuedAtMs);
    if (facts.active) facts.emit({ kind: 'controller-event', event: event.kind });
    const turn = new Turn(event.kind);
    this.#stateId = id;
    try {
      await processor.process(event, turn);
    } catch (error) {
      // A broken invariant of ours is not the cluster's weather: it ends the process (common/assert.ts).
      if (error instanceof AssertionError) throw error;
      logger.error(`Error processing event ${event.kind}`, { error });
    } finally {
      turn.end();
      this.#stateId = IDLE_STATE_ID;
      if (timingName !== null)
        metrics.timing(`${CONTROLLER_STATS},name=${timingName}`).update(clock.monotonicMs() - startedAtMs);
      ended();
    }
  }
}
