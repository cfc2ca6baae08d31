/**
 * The story in which transactions are played while somebody is killed at a chosen step of one of them: its producer, its
 * coordinator, the leader of a partition it writes to, or of the offsets it commits. Another transaction, in the same
 * partitions, is open all the while. What every transaction was told of its outcome is kept.
 */
import type { RecordedFact } from '../../../src/observe/index.ts';
import { Deferred, type TopicPartition } from '../../../src/common/index.ts';
import { hostOf, startCluster, type SimulatedCluster } from '../cluster.ts';
import { SimulatedClient } from '../simulated-client.ts';
import { CommittedReader, stableOffset } from './committed-reader.ts';
import { Refused, TransactionalClient } from './transactional-client.ts';

export const VICTIMS = ['producer', 'coordinator', 'leader', 'offsets'] as const;
export type Victim = (typeof VICTIMS)[number];

/** `unknown`: it was about to be committed when its producer went, or was told that it is no more. */
type Outcome = 'committed' | 'aborted' | 'unknown';

export interface Played {
  readonly id: string;
  readonly number: number;
  readonly values: readonly string[];
  outcome: Outcome;
}

const TOPIC = 'orders';
const PARTITIONS: readonly TopicPartition[] = [0, 1].map((partition) => ({ topic: TOPIC, partition }));
const VICTIM_ID = 'transfers';
const BYSTANDER_ID = 'bystander';
const VALUES_PER_BATCH = 2;
const BATCHES = 2;
const SESSION_TIMEOUT_MS = 6000;
const CASE_MS = 300_000;
const MARKERS_MS = 1000;
const INTERNAL = { transactions: '__transaction_state', offsets: '__consumer_offsets' } as const;
/** The group whose offset a transaction moves to its own number. */
const groupOf = (id: string): string => `of-${id}`;

const REQUESTS: ReadonlySet<string> = new Set([
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'Produce',
  'TxnOffsetCommit',
  'EndTxn',
  'WriteTxnMarkers',
]);

/** What counts as a step of a transaction: whatever brokers hear, write, decide or answer on its way. */
function isStep(fact: RecordedFact): boolean {
  if (fact.kind === 'request-received' || fact.kind === 'request-answered') return REQUESTS.has(fact.api);
  if (fact.kind === 'log-append') return fact.topic === TOPIC || fact.topic.startsWith('__');
  return fact.kind === 'transaction-state';
}

export class Kills {
  readonly played: Played[] = [];
  kills = 0;
  readonly cluster: SimulatedCluster;
  readonly #readers: readonly CommittedReader[];
  readonly #reading: Promise<unknown>;
  readonly #bystander: Actor;
  #victim: Actor;
  /** Steps of the transaction that is being played, so far; then, how many it had. */
  #steps = 0;
  #stepsOfLast = 0;
  #armed: { readonly atStep: number; readonly victim: Victim } | undefined;
  #killed = new Deferred<number | 'producer'>();

  private constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
    this.#readers = PARTITIONS.map((partition) => new CommittedReader(cluster, partition));
    this.#reading = Promise.all(this.#readers.map((reader) => reader.run()));
    this.#victim = new Actor(cluster, VICTIM_ID, this.played);
    this.#bystander = new Actor(cluster, BYSTANDER_ID, this.played);
  }

  static async start(seed: string): Promise<Kills> {
    const running: { kills?: Kills } = {};
    const cluster = await startCluster(seed, {
      overrides: {
        'zookeeper.session.timeout.ms': String(SESSION_TIMEOUT_MS),
        'min.insync.replicas': '2',
        'offsets.topic.num.partitions': '1',
        'transaction.state.log.num.partitions': '1',
      },
      onFact: (fact) => running.kills?.see(fact),
    });
    const client = new SimulatedClient(cluster);
    await cluster.world.settle(
      client.createTopicOn(TOPIC, [
        [0, 1, 2],
        [1, 2, 0],
      ]),
    );
    const kills = new Kills(cluster);
    running.kills = kills;
    await cluster.world.settle(kills.#victim.begin());
    await cluster.world.settle(kills.#bystander.begin());
    return kills;
  }

  see(fact: RecordedFact): void {
    if (!isStep(fact)) return;
    this.#steps += 1;
    if (this.#armed === undefined || this.#steps <= this.#armed.atStep) return;
    const { victim } = this.#armed;
    this.#armed = undefined;
    // Not in the midst of what a broker does: between two of the things that happen to it.
    this.cluster.world.runtimeFor('chaos').timers.after(0, () => this.#kill(victim));
  }

  /** How many steps a transaction has that nobody disturbs. */
  async countSteps(): Promise<number> {
    await this.play('commit');
    await this.play('commit');
    return this.#stepsOfLast;
  }

  /** One transaction, and the bystander's around it; then everything is up and in sync again. */
  async play(
    result: 'commit' | 'abort',
    kill?: { readonly atStep: number; readonly victim: Victim },
  ): Promise<void> {
    const { world } = this.cluster;
    await world.settle(this.#bystander.write(), CASE_MS);
    this.#steps = 0;
    this.#killed = new Deferred();
    this.#armed = kill;
    const playing = (async () => {
      await this.#victim.write();
      await this.#victim.end(result);
      // Its markers are written in the background.
      await world.runtimeFor('chaos').timers.sleep(MARKERS_MS);
    })();
    const ended = await world.settle(Promise.race([playing, this.#killed.promise]), CASE_MS);
    this.#armed = undefined;
    this.#stepsOfLast = this.#steps;
    if (ended === 'producer') await this.#replaceProducer();
    else if (typeof ended === 'number') {
      await this.#restart(ended);
      await world.settle(playing, CASE_MS);
    }
    await world.settle(this.#bystander.end(result === 'commit' ? 'abort' : 'commit'), CASE_MS);
  }

  /** What consumers have seen by now, when everything that was begun has ended. */
  async settle(): Promise<{
    readonly live: readonly (readonly string[])[];
    readonly anew: readonly (readonly string[])[];
    readonly offsets: Readonly<Record<string, number>>;
  }> {
    const { world } = this.cluster;
    for (const actor of [this.#victim, this.#bystander]) await world.settle(actor.begin(), CASE_MS);
    const anew = await world.settle(
      Promise.all(PARTITIONS.map((partition) => new CommittedReader(this.cluster, partition).toTheEnd())),
      CASE_MS,
    );
    await world.run(2000);
    for (const reader of this.#readers) reader.stop();
    await world.settle(this.#reading, CASE_MS);
    const offsets: Record<string, number> = {};
    for (const id of [VICTIM_ID, BYSTANDER_ID])
      offsets[id] = await world.settle(stableOffset(this.cluster, groupOf(id), PARTITIONS[0]!), CASE_MS);
    return { live: this.#readers.map(({ values }) => values), anew, offsets };
  }

  #kill(victim: Victim): void {
    const { world } = this.cluster;
    this.kills += 1;
    if (victim === 'producer') {
      world.kill(this.#victim.host);
      this.#killed.resolve('producer');
      return;
    }
    const topic = { coordinator: INTERNAL.transactions, offsets: INTERNAL.offsets, leader: TOPIC }[victim];
    const leader = this.cluster.partitionStates(topic)[0]?.leader ?? 0;
    if (world.random.chance(0.5)) world.kill(hostOf(leader));
    else world.crash(hostOf(leader));
    this.#killed.resolve(leader);
  }

  /** Who comes after it has the same transactional id. */
  async #replaceProducer(): Promise<void> {
    this.#victim = new Actor(this.cluster, VICTIM_ID, this.played);
    await this.cluster.world.settle(this.#victim.begin(), CASE_MS);
  }

  /** Once others lead, since without power it may have lost what it had acknowledged. */
  async #restart(broker: number): Promise<void> {
    const { world } = this.cluster;
    await world.run(SESSION_TIMEOUT_MS + 3000);
    await world.settle(this.cluster.startBroker(broker), CASE_MS);
    const topics = [TOPIC, ...Object.values(INTERNAL)];
    const isInSync = (topic: string): boolean =>
      this.cluster.partitionStates(topic).every(({ isr }) => isr.length === this.cluster.brokers.size);
    await world.runUntil(() => topics.every(isInSync), CASE_MS);
  }
}

/** A transactional id, and the transactions that its producers tried one after the other. */
class Actor {
  readonly host: string;
  readonly #id: string;
  readonly #played: Played[];
  readonly #client: TransactionalClient;
  #current: Played | undefined;

  constructor(cluster: SimulatedCluster, id: string, played: Played[]) {
    this.host = `machine-of-${id}`;
    this.#id = id;
    this.#played = played;
    this.#client = new TransactionalClient(cluster, this.host, id);
  }

  begin(): Promise<void> {
    return this.#client.init();
  }

  /** Begins a transaction and writes to every partition, bit by bit; then moves the group's offset. */
  async write(): Promise<void> {
    const number = this.#played.length + 1;
    const values = (partition: number, batch: number): string[] =>
      Array.from(
        { length: VALUES_PER_BATCH },
        (_, at) => `${this.#id} ${number} ${partition} ${batch}.${at}`,
      );
    const batches = Array.from({ length: BATCHES }, (_, batch) =>
      PARTITIONS.map((partition) => ({ partition, values: values(partition.partition, batch) })),
    ).flat();
    // Until it is committed it is not.
    this.#current = {
      id: this.#id,
      number,
      values: batches.flatMap((batch) => batch.values),
      outcome: 'aborted',
    };
    this.#played.push(this.#current);
    await this.#unlessRefused(async () => {
      for (const partition of PARTITIONS) await this.#client.add([partition]);
      for (const batch of batches) await this.#client.send(batch.partition, batch.values);
      await this.#client.commitOffset(groupOf(this.#id), PARTITIONS[0]!, number);
    });
  }

  async end(result: 'commit' | 'abort'): Promise<void> {
    const played = this.#current;
    if (played === undefined) return;
    await this.#unlessRefused(async () => {
      if (result === 'commit') played.outcome = 'unknown';
      await this.#client.end(result);
      if (result === 'commit') played.outcome = 'committed';
    });
    this.#current = undefined;
  }

  /** A producer that is refused gives up what it has begun. */
  async #unlessRefused(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      this.#current = undefined;
      await this.#client.init();
    }
  }
}
