/**
 * Carries the leaders' ISR proposals to the controller (AlterPartition, KIP-497; contract 3.9). Proposals of many
 * partitions travel in one request, and one request is in flight at a time, so that an answer always speaks of the
 * latest proposal of its partition.
 *
 * Invariant: every proposal is answered exactly once, unless a newer one for its partition took its place or the
 * broker stops. A failure of the whole request is retried after 50 ms.
 */
import { defined, PartitionMap, ZERO_UUID } from '../common/index.ts';
import { ErrorCode, errorNameOf } from '../protocol/index.ts';
import { AlterPartitionRequest, AlterPartitionResponse } from '../protocol/messages/56-alter-partition.ts';
import type { Logger, Timers } from '../runtime/index.ts';
import type { AlterPartitionAnswer, IsrProposal, IsrProposer } from './alter-partition-types.ts';
import type { BrokerToControllerChannel } from './broker-to-controller-channel.ts';

export interface AlterPartitionManagerOptions {
  readonly brokerId: number;
  readonly brokerEpoch: () => number;
  readonly channel: Pick<BrokerToControllerChannel, 'call'>;
  readonly timers: Timers;
  readonly logger: Logger;
}

interface Item {
  readonly proposal: IsrProposal;
  readonly onAnswer: (answer: AlterPartitionAnswer) => void;
}

type WirePartition = AlterPartitionResponse['topics'][number]['partitions'][number];

const RETRY_MS = 50;
/** v2 and later name topics by id only. */
const LAST_VERSION_WITH_NAMES = 1;
/** A leader that proposes an ISR has recovered, whatever the controller still thinks. */
const RECOVERED = 0;
/** Replica epochs are a KRaft matter: in ZooKeeper mode the controller does not look at them. */
const NO_BROKER_EPOCH = -1;

export class AlterPartitionManager implements IsrProposer {
  readonly #options: AlterPartitionManagerOptions;
  #unsent = new PartitionMap<Item>();
  #isBusy = false;
  #isClosed = false;

  constructor(options: AlterPartitionManagerOptions) {
    this.#options = options;
  }

  propose(proposal: IsrProposal, onAnswer: (answer: AlterPartitionAnswer) => void): void {
    this.#unsent.set(proposal.topic, proposal.partition, { proposal, onAnswer });
    if (!this.#isBusy) this.#sendAtEndOfTurn();
  }

  close(): void {
    this.#isClosed = true;
    this.#unsent.clear();
  }

  /** So that all proposals of one turn travel together. */
  #sendAtEndOfTurn(): void {
    this.#isBusy = true;
    this.#options.timers.endOfTurn(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#unsent.size > 0 && !this.#isClosed) {
      const batch = this.#unsent;
      this.#unsent = new PartitionMap();
      const needsPause = await this.#send(batch);
      if (needsPause) await this.#options.timers.sleep(RETRY_MS);
    }
    this.#isBusy = false;
  }

  /** True when something has to be tried again, which it should not be at once. */
  async #send(batch: PartitionMap<Item>): Promise<boolean> {
    const { channel, logger } = this.#options;
    const hasAllIds = [...batch.values()].every(({ proposal }) => proposal.topicId !== ZERO_UUID);
    let response: AlterPartitionResponse;
    try {
      response = await channel.call({
        request: AlterPartitionRequest,
        response: AlterPartitionResponse,
        ...(hasAllIds ? {} : { versions: { min: 0, max: LAST_VERSION_WITH_NAMES } }),
        value: (version) => this.#request(batch, version),
        errorCodeOf: ({ errorCode }) => errorCode,
      });
    } catch (error) {
      logger.warn('The controller could not be asked about ISR changes', { error });
      this.#putBack(batch);
      return true;
    }
    if (response.errorCode !== ErrorCode.NONE) {
      logger.warn('The controller refused an AlterPartition', { reason: errorNameOf(response.errorCode) });
      this.#putBack(batch);
      return true;
    }
    return this.#answer(batch, response);
  }

  #answer(batch: PartitionMap<Item>, response: AlterPartitionResponse): boolean {
    let needsPause = false;
    const nameOfId = new Map([...batch.values()].map(({ proposal }) => [proposal.topicId, proposal.topic]));
    for (const { topicName, topicId, partitions } of response.topics) {
      const topic = topicName === '' ? nameOfId.get(topicId) : topicName;
      if (topic === undefined) continue;
      for (const partition of partitions) {
        const item = batch.get(topic, partition.partitionIndex);
        if (item === undefined) continue;
        batch.delete(topic, partition.partitionIndex);
        const answer = answerOf(partition);
        if (answer.kind === 'refused') needsPause = true;
        item.onAnswer(answer);
      }
    }
    // A partition the controller said nothing about is asked for again.
    this.#putBack(batch);
    return needsPause || batch.size > 0;
  }

  /** Newer proposals for the same partition take precedence. */
  #putBack(batch: PartitionMap<Item>): void {
    if (this.#isClosed) return;
    for (const [{ topic, partition }, item] of batch) {
      if (!this.#unsent.has(topic, partition)) this.#unsent.set(topic, partition, item);
    }
  }

  #request(batch: PartitionMap<Item>, version: number): AlterPartitionRequest {
    const topics: AlterPartitionRequest['topics'] = [];
    for (const topicName of batch.topics()) {
      const items = [...batch.partitionsOf(topicName).values()];
      const topicId = defined(items[0], 'a topic of a batch has a partition').proposal.topicId;
      const partitions = items.map(({ proposal }) => ({
        partitionIndex: proposal.partition,
        leaderEpoch: proposal.leaderEpoch,
        newIsr: version < 3 ? [...proposal.isr] : [],
        newIsrWithEpochs:
          version < 3 ? [] : proposal.isr.map((brokerId) => ({ brokerId, brokerEpoch: NO_BROKER_EPOCH })),
        leaderRecoveryState: RECOVERED,
        partitionEpoch: proposal.partitionEpoch,
      }));
      topics.push({ topicName, topicId, partitions });
    }
    return { brokerId: this.#options.brokerId, brokerEpoch: this.#options.brokerEpoch(), topics };
  }
}

function answerOf(partition: WirePartition): AlterPartitionAnswer {
  if (partition.errorCode !== ErrorCode.NONE)
    return { kind: 'refused', error: errorNameOf(partition.errorCode) };
  const { leaderId, leaderEpoch, isr, partitionEpoch } = partition;
  return { kind: 'accepted', outcome: { leaderId, leaderEpoch, isr, partitionEpoch } };
}
