/**
 * Hands out producer ids, each to one producer of the cluster only. The controller gives brokers blocks of a thousand
 * (AllocateProducerIds, KIP-730); the next block is fetched when nine tenths of the present one are gone, so that
 * producers rarely notice.
 *
 * Invariant: an id is given once. Ids of a block that is left unfinished are lost, which is no loss: there are 2^63.
 * While there is no block at hand the answer is COORDINATOR_LOAD_IN_PROGRESS, which clients of every age retry.
 */
import { KafkaError } from '../../protocol/index.ts';
import type { Clock, Logger } from '../../runtime/index.ts';

export interface ProducerIdBlock {
  readonly start: number;
  readonly len: number;
}

/** How a broker asks its controller. Rejects when the controller refuses or cannot be reached. */
export interface ProducerIdBlockSource {
  allocateBlock(): Promise<ProducerIdBlock>;
}

const PREFETCH_FRACTION = 0.9;
/** After a refusal nobody asks again for this long. */
const RETRY_BACKOFF_MS = 50;

export class ProducerIdManager {
  readonly #source: ProducerIdBlockSource;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #current: ProducerIdBlock = { start: 0, len: 0 };
  #next: ProducerIdBlock | null = null;
  /** How many ids of the current block are gone. */
  #used = 0;
  #isRequesting = false;
  #retryAtMs = 0;

  constructor(source: ProducerIdBlockSource, clock: Clock, logger: Logger) {
    this.#source = source;
    this.#clock = clock;
    this.#logger = logger.child('kafka.coordinator.transaction.ProducerIdManager');
  }

  generateProducerId(): number {
    if (this.#used >= this.#current.len) this.#takeNextBlock();
    const { start, len } = this.#current;
    const producerId = start + this.#used;
    if (this.#used === Math.floor(len * PREFETCH_FRACTION)) this.#maybeRequestNextBlock();
    this.#used += 1;
    return producerId;
  }

  #takeNextBlock(): void {
    if (this.#next === null) {
      this.#maybeRequestNextBlock();
      throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', 'Waiting for the next block of producer ids');
    }
    this.#current = this.#next;
    this.#next = null;
    this.#used = 0;
  }

  #maybeRequestNextBlock(): void {
    if (this.#isRequesting || this.#next !== null || this.#clock.monotonicMs() < this.#retryAtMs) return;
    this.#isRequesting = true;
    void this.#requestNextBlock();
  }

  async #requestNextBlock(): Promise<void> {
    try {
      const block = await this.#source.allocateBlock();
      if (this.#isUsable(block)) this.#next = block;
      else this.#refused(`a block that cannot be: ${block.len} ids from ${block.start}`);
    } catch (error) {
      this.#refused('an error', error);
    } finally {
      this.#isRequesting = false;
    }
  }

  /** Blocks only go up: one below ours was given to somebody else before. */
  #isUsable({ start, len }: ProducerIdBlock): boolean {
    return start >= this.#current.start + this.#current.len && len > 0 && Number.isSafeInteger(start + len);
  }

  #refused(answer: string, error?: unknown): void {
    this.#retryAtMs = this.#clock.monotonicMs() + RETRY_BACKOFF_MS;
    this.#logger.warn(`Asked the controller for producer ids and got ${answer}`, { error });
  }
}
