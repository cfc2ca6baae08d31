/** Transactions that are open while something happens to the brokers, and end after it, with whatever coordinators there are then. */
import { LAYOUT } from '../mixed-brokers.ts';
import { until } from '../../until.ts';
import { check, type World } from '../world.ts';
import { committedNumbers } from './numbers.ts';
import { stableOffset, TransactionalProducer } from './transactional-producer.ts';

/** Longer than a broker takes to be replaced. */
const OPEN_TIMEOUT_MS = 300_000;

/** One producer's: each is open while a broker is replaced, every third aborts. */
export class OpenTransactions {
  readonly #world: World;
  readonly #topic: string;
  readonly #producer: TransactionalProducer;
  readonly #committed: number[] = [];
  #count = 0;

  private constructor(world: World) {
    this.#world = world;
    this.#topic = `${world.topic}-open`;
    this.#producer = new TransactionalProducer(world.brokers.client, this.#topic, OPEN_TIMEOUT_MS);
  }

  static async begin(world: World): Promise<OpenTransactions> {
    const open = new OpenTransactions(world);
    await world.brokers.createTopic(open.#topic);
    await accepted(open.#producer.init());
    return open;
  }

  async over(replace: () => Promise<void>): Promise<void> {
    const number = this.#count++;
    const outcome = number % 3 === 2 ? 'abort' : 'commit';
    await this.#write(number);
    await accepted(this.#producer.addOffsets(this.#topic));
    await accepted(this.#producer.commitOffset(this.#topic, this.#topic, number));
    await replace();
    await this.#write(number);
    await accepted(this.#producer.end(outcome));
    if (outcome === 'commit') this.#committed.push(number);
  }

  async close(): Promise<void> {
    const { client } = this.#world.brokers;
    const expected = this.#committed.flatMap((number) => [number, number]).join();
    const found = await committedNumbers(client, this.#topic, LAYOUT.length);
    check(
      found.every((numbers) => numbers.join() === expected),
      `each partition has ${expected} of the transactions that were open, not ${JSON.stringify(found)}`,
    );
    await until(
      'the last offset that was committed counts',
      async () => (await stableOffset(client, this.#topic, this.#topic)) === this.#committed.at(-1),
    );
  }

  async #write(number: number): Promise<void> {
    for (const partition of LAYOUT.keys()) {
      await accepted(this.#producer.addPartition(this.#topic, partition));
      await accepted(this.#producer.send(this.#topic, partition, String(number)));
    }
  }
}

async function accepted(answer: Promise<string>): Promise<void> {
  const error = await answer;
  check(error === 'NONE', `a step of an open transaction is accepted, not answered ${error}`);
}
