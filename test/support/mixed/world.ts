/** What the steps of a scenario have in hand: the brokers, a topic of its own, and the load and the consumer at work on it. */
import { NetworkClient } from '../../../src/network/index.ts';
import { errorNameOf, type ErrorName } from '../../../src/protocol/index.ts';
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/00-produce.ts';
import { buildBatch } from '../../../src/records/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { IdempotentLoad } from '../../failover/idempotent-load.ts';
import type { MixedBrokers } from './mixed-brokers.ts';
import type { Ending, Seat } from './seat.ts';
import { SteadyConsumer } from './steady-consumer.ts';
import { until } from '../until.ts';

const PRODUCE_VERSION = 9;
/** How long a leader may wait for its followers. */
const PRODUCE_TIMEOUT_MS = 1000;
const CLIENT_TIMEOUT_MS = 10_000;
const PAUSE_MS = 20;
const QUIET_MS = 2000;

/** Of records that clients of a scenario's own wrote and read, beside the load. */
export interface Account {
  readonly acknowledged: number;
  readonly consumed: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
}

export class World {
  readonly brokers: MixedBrokers;
  readonly topic: string;
  readonly load: IdempotentLoad;
  readonly consumer: SteadyConsumer;
  readonly accounts: Account[] = [];
  readonly #runtime = createNodeRuntime();

  constructor(brokers: MixedBrokers, topic: string, partitions: number, keyBytes?: number) {
    this.brokers = brokers;
    this.topic = topic;
    const { bootstrap, client } = brokers;
    this.load = new IdempotentLoad({
      runtime: this.#runtime,
      bootstrap,
      topic,
      partitions,
      pauseMs: PAUSE_MS,
      ...(keyBytes === undefined ? {} : { keyBytes }),
    });
    this.consumer = new SteadyConsumer(client, topic, partitions);
  }

  /** Load and consumer are at work on so many partitions from now on. */
  grow(partitions: number): void {
    this.load.grow(partitions);
    this.consumer.grow(partitions);
  }

  /** What became of records that no load and no consumer here knows of. */
  account(account: Account): void {
    this.accounts.push(account);
  }

  async leaderOf(partition: number): Promise<Seat> {
    return this.brokers.seat((await this.brokers.state(this.topic, partition)).leader);
  }

  async controller(): Promise<Seat> {
    let id = -1;
    await until('there is a controller', async () => (id = await this.brokers.controllerId()) >= 0);
    return this.brokers.seat(id);
  }

  /** Resolves when every partition has acknowledged what was sent after this began. */
  async everyPartitionGoesOn(): Promise<void> {
    const sent = this.load.histories.map((history) => history.sent);
    await until(
      'every partition goes on',
      () =>
        this.load.failure !== undefined ||
        this.load.histories.every(({ acknowledged }, index) => acknowledged > (sent[index] ?? 0)),
    );
    if (this.load.failure !== undefined) throw this.load.failure;
  }

  /** Resolves when nobody has acknowledged anything for a while. */
  async nothingGoesOn(): Promise<void> {
    let last = { acknowledged: -1, sinceMs: 0 };
    await until('nothing is acknowledged any more', () => {
      const { acknowledged } = this.load;
      if (acknowledged !== last.acknowledged) last = { acknowledged, sinceMs: performance.now() };
      return performance.now() - last.sinceMs > QUIET_MS;
    });
  }

  async untilInSync(): Promise<void> {
    await until(`every replica of ${this.topic} is in sync`, () => this.brokers.isInSync(this.topic));
  }

  async untilGone(seat: Seat): Promise<void> {
    await until(
      `broker ${seat.id} is not registered`,
      async () => !(await this.brokers.isRegistered(seat.id)),
    );
  }

  async untilBack(seat: Seat): Promise<void> {
    await until(`broker ${seat.id} is registered`, () => this.brokers.isRegistered(seat.id));
  }

  /** Everybody else goes on without it, and it is in sync again at the end. */
  async bounce(seat: Seat, ending: Ending): Promise<void> {
    await seat.end(ending);
    await this.untilGone(seat);
    await this.everyPartitionGoesOn();
    await seat.start();
    await this.untilInSync();
  }

  /** What a broker says to one record with acks=all, whoever leads; 'NETWORK_EXCEPTION' when it says nothing. */
  async produceTo(seat: Seat, topic: string, partition: number, value: string): Promise<ErrorName> {
    const [host = '', port] = seat.address.split(':');
    const address = { host, port: Number(port) };
    let client: NetworkClient | undefined;
    try {
      const options = { clientId: 'scenario', requestTimeoutMs: CLIENT_TIMEOUT_MS };
      client = await NetworkClient.connect(this.#runtime, address, options);
      const records = buildBatch({ records: [{ value: Buffer.from(value), timestamp: Date.now() }] });
      const { responses } = await client.send(ProduceRequest, ProduceResponse, PRODUCE_VERSION, {
        acks: -1,
        timeoutMs: PRODUCE_TIMEOUT_MS,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      });
      return errorNameOf(responses[0]?.partitionResponses[0]?.errorCode ?? -1);
    } catch {
      return 'NETWORK_EXCEPTION';
    } finally {
      client?.close();
    }
  }

  /** Where a scenario failed, load and consumer are still at work. */
  async close(): Promise<void> {
    this.load.abandon();
    this.consumer.abandon();
    await this.#runtime.workers.close();
  }
}

/** What a scenario asks of the brokers in the middle of its steps. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}
