/**
 * Fetch over many partitions: one budget of bytes handed from partition to partition in the order of the request, and
 * the decision whether the answer is worth sending yet. What is not goes to the purgatory as a DelayedFetch.
 *
 * What is in memory is read in one synchronous go, unless there are very many partitions: then in several turns of the
 * event loop. A promise appears only then, or where a log had to go to disk, which is asked for several partitions at a
 * time.
 */
import type { FetchParams, FetchPartitionRequest, FetchPartitionResult } from './fetch-types.ts';
import type { ReadBudget } from './read-partition.ts';

export type ReadOne = (
  request: FetchPartitionRequest,
  budget: ReadBudget,
) => FetchPartitionResult | Promise<FetchPartitionResult>;

/** A follower's first fetch, or the one after an election, is over all the partitions of a leader. */
const READS_PER_TURN = 100;

export function readAll(
  requests: readonly FetchPartitionRequest[],
  params: Pick<FetchParams, 'maxBytes' | 'hardMaxBytesLimit'>,
  readOne: ReadOne,
  nextTurn: () => Promise<void>,
): FetchPartitionResult[] | Promise<FetchPartitionResult[]> {
  const reading = new Reading(requests, params, readOne);
  const onDisk = reading.readInMemory(READS_PER_TURN);
  if (onDisk === undefined && reading.isDone) return reading.results;
  return readOn(reading, onDisk, nextTurn);
}

async function readOn(
  reading: Reading,
  first: Promise<FetchPartitionResult> | undefined,
  nextTurn: () => Promise<void>,
): Promise<FetchPartitionResult[]> {
  for (let onDisk = first; ; onDisk = reading.readInMemory(READS_PER_TURN)) {
    // Also after the last: whoever gets so many results has much to do with them.
    await (onDisk === undefined ? nextTurn() : reading.readGroup(onDisk));
    if (reading.isDone) return reading.results;
  }
}

/** One Fetch on its way through its partitions. */
class Reading {
  readonly results: FetchPartitionResult[] = [];
  readonly #requests: readonly FetchPartitionRequest[];
  readonly #readOne: ReadOne;
  #remainingBytes: number;
  #minOneMessage: boolean;
  /** Begun and not taken: how many, and how much they may bring. */
  #begun = 0;
  #reservedBytes = 0;

  constructor(
    requests: readonly FetchPartitionRequest[],
    { maxBytes, hardMaxBytesLimit = false }: Pick<FetchParams, 'maxBytes' | 'hardMaxBytesLimit'>,
    readOne: ReadOne,
  ) {
    this.#requests = requests;
    this.#readOne = readOne;
    this.#remainingBytes = maxBytes;
    this.#minOneMessage = !hardMaxBytesLimit;
  }

  get isDone(): boolean {
    return this.#nextIndex === this.#requests.length;
  }

  get #nextIndex(): number {
    return this.results.length + this.#begun;
  }

  /** At most so many; ends early, with what is to be awaited, at one that is on disk. */
  readInMemory(count: number): Promise<FetchPartitionResult> | undefined {
    const end = this.results.length + count;
    while (!this.isDone && this.results.length < end) {
      const result = this.#readNext();
      if ('then' in result) return result;
      this.#take(result);
    }
    return undefined;
  }

  #readNext(): FetchPartitionResult | Promise<FetchPartitionResult> {
    const request = this.#requests[this.#nextIndex]!;
    const maxBytes = this.#remainingBytes - this.#reservedBytes;
    return this.#readOne(request, { maxBytes, minOneMessage: this.#minOneMessage });
  }

  #take(result: FetchPartitionResult): void {
    this.results.push(result);
    if (result.sizeInBytes > 0) this.#minOneMessage = false;
    this.#remainingBytes = Math.max(0, this.#remainingBytes - result.sizeInBytes);
  }

  /** Read together with others before it, of which one brought more than it was to: then it would have brought less. */
  #isOverBudget({ sizeInBytes }: FetchPartitionResult): boolean {
    const { partitionMaxBytes } = this.#requests[this.results.length]!;
    return !this.#minOneMessage && sizeInBytes > Math.min(partitionMaxBytes, this.#remainingBytes);
  }

  /** The disk is asked for several partitions at a time: as many as the budget holds if each brings all it may. */
  async readGroup(first: Promise<FetchPartitionResult>): Promise<void> {
    const group = [first];
    this.#reserve();
    while (!this.isDone && this.#hasRoomFor(this.#requests[this.#nextIndex]!)) {
      group.push(Promise.resolve(this.#readNext()));
      this.#reserve();
    }
    const read = await Promise.all(group);
    this.#begun = 0;
    this.#reservedBytes = 0;
    this.#takeAll(read);
  }

  /** What is over the budget is read again, with all behind it. */
  #takeAll(read: readonly FetchPartitionResult[]): void {
    for (const [index, result] of read.entries()) {
      if (this.#isOverBudget(result)) {
        for (const { release } of read.slice(index)) release?.();
        return;
      }
      this.#take(result);
    }
  }

  #reserve(): void {
    this.#reservedBytes += this.#requests[this.#nextIndex]!.partitionMaxBytes;
    this.#begun += 1;
  }

  #hasRoomFor({ partitionMaxBytes }: FetchPartitionRequest): boolean {
    return this.#reservedBytes + partitionMaxBytes <= this.#remainingBytes;
  }
}

/** Whether to answer now rather than wait for more. */
export function isWorthSending(params: FetchParams, results: readonly FetchPartitionResult[]): boolean {
  if (params.maxWaitMs <= 0 || results.length === 0) return true;
  let bytes = 0;
  for (const result of results) {
    if (
      result.error !== 'NONE' ||
      result.divergingEpoch !== undefined ||
      result.preferredReadReplica !== -1
    ) {
      return true;
    }
    bytes += result.sizeInBytes;
  }
  return bytes >= params.minBytes;
}
