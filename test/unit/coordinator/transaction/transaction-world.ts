/**
 * What a transaction coordinator needs around it, in memory: the log it writes to, producer ids that count up, metadata,
 * and brokers that lead the partitions of transactions and write down the markers they get.
 */
import type { TopicPartition } from '../../../../src/common/index.ts';
import {
  TransactionCoordinator,
  type BrokerChannels,
  type TransactionConfig,
} from '../../../../src/coordinator/index.ts';
import { Metrics } from '../../../../src/metrics/index.ts';
import type { MetadataCache } from '../../../../src/metadata/index.ts';
import { NetworkError } from '../../../../src/network/index.ts';
import { FactStream } from '../../../../src/observe/index.ts';
import {
  decodeVersioned,
  ErrorCode,
  TransactionLogKey,
  TransactionLogValue,
} from '../../../../src/protocol/index.ts';
import type { ErrorName } from '../../../../src/protocol/index.ts';
import type { WriteTxnMarkersRequest } from '../../../../src/protocol/messages/27-write-txn-markers.ts';
import { coordinatorRuntime, MemoryLog, VirtualTime } from '../coordinator-world.ts';

export const ID = 'transfers';
export const ORDERS_0: TopicPartition = { topic: 'orders', partition: 0 };
export const ORDERS_1: TopicPartition = { topic: 'orders', partition: 1 };
/** Led by another broker than the others. */
export const PAYMENTS_0: TopicPartition = { topic: 'payments', partition: 0 };
export const PARTITIONS = [ORDERS_0, ORDERS_1, PAYMENTS_0];
export const TIMEOUT_MS = 60_000;

const CONFIG: TransactionConfig = {
  maxTimeoutMs: 900_000,
  transactionalIdExpirationMs: 3_600_000,
  abortTimedOutIntervalMs: 10_000,
  removeExpiredIntervalMs: 600_000,
  loadBufferBytes: 1024,
  requestTimeoutMs: 30_000,
  maxBatchBytes: 200,
};

interface WrittenMarker {
  readonly partition: string;
  readonly result: 'commit' | 'abort';
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
}

/** The leaders of all partitions, each with its broker's id. */
class Leaders {
  readonly markers: WrittenMarker[] = [];
  /** Answers that the next markers get instead of being written; by partition. */
  readonly refusals = new Map<string, ErrorName[]>();
  /** Brokers that do not answer, though they may have written what they got. */
  readonly deaf = new Set<number>();
  requests = 0;
  #held: (() => void)[] = [];
  hold = false;

  readonly channels: Pick<BrokerChannels, 'call' | 'close'> = {
    call: async (endpoint, call) => {
      this.requests += 1;
      if (this.hold) await new Promise<void>((go) => this.#held.push(go));
      const { markers } = call.value as unknown as WriteTxnMarkersRequest;
      const response = { markers: markers.map((marker) => this.#write(marker)) };
      if (this.deaf.has(endpoint.id)) throw new NetworkError('TIMED_OUT', 'no answer');
      return response as never;
    },
    close: () => undefined,
  };

  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  #write(marker: WriteTxnMarkersRequest['markers'][number]): object {
    const { producerId, producerEpoch, coordinatorEpoch, transactionResult } = marker;
    return {
      producerId,
      topics: marker.topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => {
          const partition = `${name}-${partitionIndex}`;
          const error = this.refusals.get(partition)?.shift() ?? 'NONE';
          if (error === 'NONE')
            this.markers.push({
              partition,
              result: transactionResult ? 'commit' : 'abort',
              producerId,
              producerEpoch,
              coordinatorEpoch,
            });
          return { partitionIndex, errorCode: ErrorCode[error] };
        }),
      })),
    };
  }
}

type Metadata = Pick<MetadataCache, 'partition' | 'brokerEndpoint' | 'contains' | 'onChange'>;

/** Which broker leads what, changed by tests. */
class TestMetadata implements Metadata {
  readonly leaders = new Map<string, number>([
    ['orders-0', 0],
    ['orders-1', 0],
    ['payments-0', 1],
  ]);
  readonly alive = new Set([0, 1]);
  /** False: nothing of topics was heard yet. */
  isFilled = true;
  readonly #listeners = new Set<() => void>();

  partition(topic: string, partition: number): ReturnType<MetadataCache['partition']> {
    const leader = this.isFilled ? this.leaders.get(`${topic}-${partition}`) : undefined;
    return leader === undefined ? undefined : ({ topic, partition, leader } as never);
  }
  brokerEndpoint(id: number): ReturnType<MetadataCache['brokerEndpoint']> {
    return this.alive.has(id) ? { id, host: 'localhost', port: 9092 + id, rack: null } : undefined;
  }
  contains(): boolean {
    return this.isFilled;
  }
  onChange(listener: () => void): () => boolean {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface TransactionWorld {
  readonly time: VirtualTime;
  readonly log: MemoryLog;
  readonly leaders: Leaders;
  readonly metadata: TestMetadata;
  readonly coordinator: TransactionCoordinator;
  /** Another broker's coordinator over the same log; elected by the test. */
  readonly another: () => TransactionCoordinator;
}

/** A coordinator that was elected for the one partition there is and has loaded it. */
export async function transactionWorld(
  overrides: Partial<TransactionConfig> = {},
  firstProducerId = 1000,
): Promise<TransactionWorld> {
  const time = new VirtualTime();
  const [log, leaders, metadata] = [new MemoryLog(), new Leaders(), new TestMetadata()];
  const runtime = coordinatorRuntime(time);
  const facts = new FactStream({ broker: 0, nowMs: () => time.nowMs });
  let nextProducerId = firstProducerId;
  const create = (): TransactionCoordinator => {
    const created = new TransactionCoordinator({
      runtime,
      facts,
      metrics: new Metrics(time.clock),
      config: { ...CONFIG, ...overrides },
      log,
      producerIds: { generateProducerId: () => nextProducerId++ },
      metadataCache: metadata,
      listenerName: 'PLAINTEXT',
      channels: leaders.channels,
    });
    created.startup(1);
    return created;
  };
  const coordinator = create();
  coordinator.onElection(0, 1);
  await time.advance(0);
  return { time, log, leaders, metadata, coordinator, another: create };
}

/** The states that the log tells of an id, oldest first; `null` for a tombstone. */
export function storedStates(log: MemoryLog, id = ID): (number | null)[] {
  return log
    .records(0)
    .filter(({ key }) => key !== null && decodeVersioned(TransactionLogKey, key).value.transactionalId === id)
    .map(({ value }) => value && decodeVersioned(TransactionLogValue, value).value.transactionStatus);
}
