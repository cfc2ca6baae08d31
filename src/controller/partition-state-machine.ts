/**
 * The life of a partition: New, Online, Offline, NonExistent (contract 3.2). Going online means an election whose
 * result is in ZooKeeper before anybody hears of it.
 *
 * Invariants: only transitions of the table happen; a partition is Online only with a leader that was written to its
 * state znode under this controller's epoch; a concurrent write of the leader is never overwritten, the election is
 * held again on what it wrote. Who wins is decided in decide/elections.ts.
 */
import { PartitionMap, topicPartitionName, type TopicPartition } from '../common/index.ts';
import {
  ControllerMovedError,
  type LeaderAndIsr,
  type LeaderIsrAndControllerEpoch,
} from '../zookeeper/index.ts';
import { inTurns } from '../runtime/index.ts';
import { StateChangeFailedError } from './controller-errors.ts';
import type { ControllerRequestBatch } from './controller-request-batch.ts';
import { newBatch, sendRequests, type ControllerServices } from './controller-services.ts';
import {
  decideElection,
  needsUncleanElection,
  type Election,
  type ElectionInput,
  type ElectionStrategy,
} from './decide/elections.ts';
import { statesToDecideOn } from './known-states.ts';
import { firstLeaderAndIsr } from './leader-and-isr.ts';
import { mayEnterPartitionState, type PartitionState } from './transitions.ts';
import type { Turn } from './turn.ts';

export type ElectionResult =
  | { readonly kind: 'elected'; readonly state: LeaderAndIsr }
  | { readonly kind: 'failed'; readonly error: unknown };

const OFFLINE_ELECTION: ElectionStrategy = { kind: 'OfflinePartition', allowUnclean: false };

export class PartitionStateMachine {
  readonly #services: ControllerServices;

  constructor(services: ControllerServices) {
    this.#services = services;
  }

  /** A new controller sorts the partitions by what their leaders are, then elects where there is none. */
  async startup(turn: Turn): Promise<void> {
    const { context } = this.#services;
    await this.#inTurns(context.allPartitions(), (of) => {
      const state = context.leadership(of);
      const online = state !== undefined && context.isReplicaOnline({ ...of, replica: state.leader });
      const known = online ? 'OnlinePartition' : 'OfflinePartition';
      context.setPartitionState(turn, of, state === undefined ? 'NewPartition' : known);
    });
    await this.triggerOnlinePartitionStateChange(turn);
  }

  /** Tries an election for whatever is New or Offline, except in topics that are being deleted. */
  triggerOnlinePartitionStateChange(turn: Turn, topic?: string): Promise<PartitionMap<ElectionResult>> {
    const { context } = this.#services;
    const partitions = context
      .partitionsInState('OfflinePartition', 'NewPartition')
      .filter((of) => !context.isQueuedForDeletion(of.topic) && (topic === undefined || of.topic === topic));
    return this.handleStateChanges(turn, partitions, 'OnlinePartition', OFFLINE_ELECTION);
  }

  /**
   * Moves the partitions and tells the brokers. The results are those of the elections: partitions that were New are
   * not in them. Throws only ControllerMovedError.
   */
  async handleStateChanges(
    turn: Turn,
    partitions: readonly TopicPartition[],
    target: PartitionState,
    strategy: ElectionStrategy = OFFLINE_ELECTION,
  ): Promise<PartitionMap<ElectionResult>> {
    if (partitions.length === 0) return new PartitionMap();
    const batch = newBatch(this.#services);
    try {
      const results = await this.#change(turn, partitions, target, strategy, batch);
      sendRequests(this.#services, batch);
      return results;
    } catch (error) {
      this.#services.logger.error(`Error while moving some partitions to ${target}`, { error });
      if (error instanceof ControllerMovedError) throw error;
      return failedAll(partitions, error);
    }
  }

  async #change(
    turn: Turn,
    partitions: readonly TopicPartition[],
    target: PartitionState,
    strategy: ElectionStrategy,
    batch: ControllerRequestBatch,
  ): Promise<PartitionMap<ElectionResult>> {
    const { context } = this.#services;
    const valid = partitions.filter((of) => this.#mayEnter(of, target));
    if (target !== 'OnlinePartition') {
      for (const of of valid) this.#enter(turn, of, target);
      return new PartitionMap();
    }
    const uninitialized = valid.filter((of) => context.partitionState(of) === 'NewPartition');
    const toElect = valid.filter((of) => context.partitionState(of) !== 'NewPartition');
    await this.#initialize(turn, uninitialized, batch);
    return this.#elect(turn, toElect, strategy, batch);
  }

  /** New to Online: the first live replica leads, all live replicas are in sync. */
  async #initialize(
    turn: Turn,
    partitions: readonly TopicPartition[],
    batch: ControllerRequestBatch,
  ): Promise<void> {
    const { context, store } = this.#services;
    const states = new PartitionMap<LeaderIsrAndControllerEpoch>();
    for (const of of partitions) {
      const live = context.replicasOfPartition(of).filter((row) => context.isReplicaOnline(row));
      const state = firstLeaderAndIsr(live.map(({ replica }) => replica));
      if (live.length > 0) states.set(of.topic, of.partition, { ...state, controllerEpoch: context.epoch });
      else
        this.#logFailure(of, 'OnlinePartition', new StateChangeFailedError('no assigned replica is alive'));
    }
    if (states.size === 0) return;
    const created = await store.createPartitionStates(states, context.epochZkVersion);
    await this.#inTurns([...created], ([of, update]) => {
      if (update.kind !== 'updated') {
        this.#logFailure(of, 'OnlinePartition', update.kind === 'failed' ? update.error : update.kind);
        return;
      }
      context.setLeadership(turn, of, update.state);
      batch.addLeaderAndIsr(update.state.isr, of, update.state, true);
      this.#enter(turn, of, 'OnlinePartition');
      this.#emitElected(of, update.state, 'NewPartition');
    });
  }

  async #elect(
    turn: Turn,
    partitions: readonly TopicPartition[],
    strategy: ElectionStrategy,
    batch: ControllerRequestBatch,
  ): Promise<PartitionMap<ElectionResult>> {
    const results = new PartitionMap<ElectionResult>();
    let remaining = await this.#electOnce(turn, { partitions, strategy, areKnown: true }, batch, results);
    // Ends: each round that leaves something over was beaten by a leader's write, and leaders write at ISR changes only.
    while (remaining.length > 0)
      remaining = await this.#electOnce(
        turn,
        { partitions: remaining, strategy, areKnown: false },
        batch,
        results,
      );
    await this.#inTurns([...results], ([of, result]) => {
      if (result.kind === 'failed') this.#logFailure(of, 'OnlinePartition', result.error);
      else this.#enter(turn, of, 'OnlinePartition');
    });
    return results;
  }

  #inTurns<T>(things: readonly T[], visit: (thing: T) => void | Promise<void>): Promise<void> {
    return inTurns(this.#services.timers, things, visit);
  }

  /** One round of elections; returns the partitions whose znode changed under it. */
  async #electOnce(
    turn: Turn,
    round: ElectionRound,
    batch: ControllerRequestBatch,
    results: PartitionMap<ElectionResult>,
  ): Promise<TopicPartition[]> {
    const { context, store, metrics } = this.#services;
    const { strategy } = round;
    const elections = await this.#decide(round, results);
    if (elections.size === 0) return [];
    const writes = new PartitionMap<LeaderAndIsr>();
    for (const [of, { elected }] of elections) writes.set(of.topic, of.partition, elected);
    const retry: TopicPartition[] = [];
    const updates = await store.updatePartitionStates(writes, context.epoch, context.epochZkVersion);
    await this.#inTurns([...elections], ([of, election]) => {
      const update = updates.get(of.topic, of.partition) ?? { kind: 'bad-version' };
      if (update.kind === 'bad-version') {
        retry.push(of);
      } else if (update.kind === 'failed') {
        results.set(of.topic, of.partition, { kind: 'failed', error: update.error });
      } else {
        context.setLeadership(turn, of, update.state);
        batch.addLeaderAndIsr(election.recipients, of, update.state, false);
        results.set(of.topic, of.partition, { kind: 'elected', state: update.state });
        this.#emitElected(of, update.state, strategy.kind);
        if (election.unclean) metrics.meter(UNCLEAN_ELECTIONS).mark();
      }
    });
    return retry;
  }

  /** What cannot be elected goes into `results`. */
  async #decide(
    { partitions, strategy, areKnown }: ElectionRound,
    results: PartitionMap<ElectionResult>,
  ): Promise<PartitionMap<WonElection>> {
    const { context } = this.#services;
    const fail = (of: TopicPartition, error: unknown): void => {
      results.set(of.topic, of.partition, { kind: 'failed', error });
    };
    const elections = new PartitionMap<WonElection>();
    const states = await statesToDecideOn(this.#services, partitions, (of, state) => {
      if (!areKnown) return false;
      const { elected, unclean } = decideElection(strategy, this.#electionInput(of, state, false));
      return elected !== null && !unclean;
    });
    await this.#inTurns(partitions, async (of) => {
      const state = states.get(of.topic, of.partition);
      if (state === undefined) fail(of, new StateChangeFailedError('it has no leader and ISR in ZooKeeper'));
      else if (state.controllerEpoch > context.epoch) fail(of, writtenByNewerController(state));
      else {
        const uncleanEnabled = await this.#isUncleanEnabled(of, state, strategy);
        const election = decideElection(strategy, this.#electionInput(of, state, uncleanEnabled));
        const { elected } = election;
        if (elected !== null) elections.set(of.topic, of.partition, { ...election, elected });
        else fail(of, new StateChangeFailedError(nobodyMayLead(of, strategy)));
      }
    });
    return elections;
  }

  /** The topic's setting is read only when it matters, so a clean election costs no further read. */
  async #isUncleanEnabled(
    of: TopicPartition,
    state: LeaderAndIsr,
    strategy: ElectionStrategy,
  ): Promise<boolean> {
    if (strategy.kind !== 'OfflinePartition' || strategy.allowUnclean) return false;
    if (!needsUncleanElection(this.#electionInput(of, state, false))) return false;
    try {
      return await this.#services.store.isUncleanElectionEnabled(of.topic);
    } catch (error) {
      this.#logFailure(of, 'OnlinePartition', error);
      return false;
    }
  }

  #electionInput(of: TopicPartition, state: LeaderAndIsr, uncleanEnabled: boolean): ElectionInput {
    const { context, config } = this.#services;
    return {
      assignment: context.assignment(of),
      state,
      isOnline: (replica) => context.isReplicaOnline({ ...of, replica }),
      isOnlineOrShuttingDown: (replica) => context.isReplicaOnlineOrShuttingDown({ ...of, replica }),
      shuttingDownBrokers: context.shuttingDownBrokerIds,
      uncleanEnabled,
      marksRecovery: config.interBrokerProtocol.supports('leaderRecovery'),
    };
  }

  #mayEnter(of: TopicPartition, target: PartitionState): boolean {
    const from = this.#services.context.partitionState(of);
    if (mayEnterPartitionState(from, target)) return true;
    this.#logFailure(of, target, new StateChangeFailedError(`${target} may not be entered from ${from}`));
    return false;
  }

  #enter(turn: Turn, of: TopicPartition, target: PartitionState): void {
    const { context, facts, stateChangeLogger } = this.#services;
    const from = context.partitionState(of);
    context.setPartitionState(turn, of, target);
    stateChangeLogger.debug(`Changed partition ${topicPartitionName(of)} state from ${from} to ${target}`);
    if (facts.active) facts.emit({ kind: 'partition-state', ...of, from, to: target });
  }

  #emitElected(of: TopicPartition, { leader, leaderEpoch, isr }: LeaderAndIsr, strategy: string): void {
    const { facts } = this.#services;
    if (facts.active) facts.emit({ kind: 'leader-elected', ...of, leader, leaderEpoch, isr, strategy });
  }

  #logFailure(of: TopicPartition, target: PartitionState, error: unknown): void {
    const { context, brokerId, stateChangeLogger } = this.#services;
    stateChangeLogger.error(
      `Controller ${brokerId} epoch ${context.epoch} failed to change state for partition ${topicPartitionName(of)} ` +
        `from ${context.partitionState(of)} to ${target}`,
      { error },
    );
  }
}

interface ElectionRound {
  readonly partitions: readonly TopicPartition[];
  readonly strategy: ElectionStrategy;
  /** Their states need not be read: no write has found another one yet. */
  readonly areKnown: boolean;
}

type WonElection = Election & { readonly elected: LeaderAndIsr };

const UNCLEAN_ELECTIONS = 'kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec';

/** The names of Kafka's strategies; clients that asked for an election read them. */
const STRATEGY_NAMES: Readonly<Record<ElectionStrategy['kind'], string>> = {
  OfflinePartition: 'OfflinePartitionLeaderElectionStrategy',
  ReassignPartition: 'ReassignPartitionLeaderElectionStrategy',
  PreferredReplica: 'PreferredReplicaPartitionLeaderElectionStrategy',
  ControlledShutdown: 'ControlledShutdownPartitionLeaderElectionStrategy',
};

function nobodyMayLead(of: TopicPartition, strategy: ElectionStrategy): string {
  const detail = strategy.kind === 'OfflinePartition' ? `(${strategy.allowUnclean})` : '';
  return (
    `Failed to elect leader for partition ${topicPartitionName(of)} under strategy ` +
    `${STRATEGY_NAMES[strategy.kind]}${detail}`
  );
}

function writtenByNewerController({ controllerEpoch }: LeaderIsrAndControllerEpoch): StateChangeFailedError {
  return new StateChangeFailedError(
    `its state was written by a newer controller of epoch ${controllerEpoch}`,
  );
}

function failedAll(partitions: readonly TopicPartition[], error: unknown): PartitionMap<ElectionResult> {
  const results = new PartitionMap<ElectionResult>();
  for (const { topic, partition } of partitions) results.set(topic, partition, { kind: 'failed', error });
  return results;
}
