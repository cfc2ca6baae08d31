/**
 * The life of one replica: New, Online, Offline, and the states of its deletion (contract 3.3). Going offline takes
 * the replica out of the ISR in ZooKeeper before anybody hears of it.
 *
 * Invariants: only transitions of the table happen; replicas are moved broker by broker, in the order of the broker
 * ids, so that one after the other leaves the ISR and the last one stays in it.
 */
import { PartitionMap, topicPartitionName } from '../common/index.ts';
import {
  ControllerMovedError,
  type LeaderAndIsr,
  type LeaderIsrAndControllerEpoch,
} from '../zookeeper/index.ts';
import { inTurns } from '../runtime/index.ts';
import type { Replica } from './controller-context.ts';
import { StateChangeFailedError } from './controller-errors.ts';
import type { ControllerRequestBatch } from './controller-request-batch.ts';
import { newBatch, sendRequests, type ControllerServices } from './controller-services.ts';
import { decideIsrRemoval } from './decide/isr-removal.ts';
import { statesToDecideOn } from './known-states.ts';
import { withoutReplica } from './replica-assignment.ts';
import { mayEnterReplicaState, type ReplicaState } from './transitions.ts';
import type { Turn } from './turn.ts';

interface IsrRemoval {
  readonly broker: number;
  readonly replicas: readonly Replica[];
  readonly states: PartitionMap<LeaderIsrAndControllerEpoch>;
}

export class ReplicaStateMachine {
  readonly #services: ControllerServices;

  constructor(services: ControllerServices) {
    this.#services = services;
  }

  /** A new controller takes live replicas for online; the others may be half deleted, so they start as ineligible. */
  async startup(turn: Turn): Promise<void> {
    const { context, timers } = this.#services;
    const online: Replica[] = [];
    const offline: Replica[] = [];
    await inTurns(timers, context.allPartitions(), (of) => {
      for (const row of context.replicasOfPartition(of)) {
        const isOnline = context.isReplicaOnline(row);
        (isOnline ? online : offline).push(row);
        context.setReplicaState(turn, row, isOnline ? 'OnlineReplica' : 'ReplicaDeletionIneligible');
      }
    });
    await this.handleStateChanges(turn, online, 'OnlineReplica');
    await this.handleStateChanges(turn, offline, 'OfflineReplica');
  }

  /** Moves the replicas and tells the brokers. Throws only ControllerMovedError. */
  async handleStateChanges(turn: Turn, replicas: readonly Replica[], target: ReplicaState): Promise<void> {
    if (replicas.length === 0) return;
    const batch = newBatch(this.#services);
    const brokers = [...new Set(replicas.map(({ replica }) => replica))].sort((a, b) => a - b);
    try {
      for (const broker of brokers) {
        const valid = replicas.filter((row) => row.replica === broker && this.#mayEnter(row, target));
        await this.#change(turn, broker, valid, target, batch);
      }
      sendRequests(this.#services, batch);
    } catch (error) {
      this.#services.logger.error(`Error while moving some replicas to ${target}`, { error });
      if (error instanceof ControllerMovedError) throw error;
    }
  }

  async #change(
    turn: Turn,
    broker: number,
    replicas: readonly Replica[],
    target: ReplicaState,
    batch: ControllerRequestBatch,
  ): Promise<void> {
    switch (target) {
      case 'NewReplica':
        return inTurns(this.#services.timers, replicas, (row) => this.#becomeNew(turn, row, batch));
      case 'OnlineReplica':
        return inTurns(this.#services.timers, replicas, (row) => this.#becomeOnline(turn, row, batch));
      case 'OfflineReplica':
        return this.#becomeOffline(turn, broker, replicas, batch);
      case 'ReplicaDeletionStarted':
        for (const row of replicas) {
          this.#enter(turn, row, target);
          batch.addStopReplica(broker, row, true);
        }
        return;
      case 'ReplicaDeletionSuccessful':
      case 'ReplicaDeletionIneligible':
        for (const row of replicas) this.#enter(turn, row, target);
        return;
      case 'NonExistentReplica':
        for (const row of replicas) this.#becomeNonExistent(turn, row);
    }
  }

  #becomeNew(turn: Turn, row: Replica, batch: ControllerRequestBatch): void {
    const state = this.#services.context.leadership(row);
    if (state?.leader === row.replica) {
      this.#logFailure(
        row,
        'NewReplica',
        new StateChangeFailedError('a new replica cannot already be the leader'),
      );
      return;
    }
    if (state !== undefined) batch.addLeaderAndIsr([row.replica], row, state, true);
    this.#enter(turn, row, 'NewReplica');
  }

  #becomeOnline(turn: Turn, row: Replica, batch: ControllerRequestBatch): void {
    const { context } = this.#services;
    const state = context.leadership(row);
    // A New replica was told of its partition by the election that gave the partition its first leader.
    if (context.replicaState(row) !== 'NewReplica' && state !== undefined)
      batch.addLeaderAndIsr([row.replica], row, state, false);
    this.#enter(turn, row, 'OnlineReplica');
  }

  async #becomeOffline(
    turn: Turn,
    broker: number,
    replicas: readonly Replica[],
    batch: ControllerRequestBatch,
  ): Promise<void> {
    const { context, timers } = this.#services;
    await inTurns(timers, replicas, (row) => batch.addStopReplica(broker, row, false));
    const led = replicas.filter((row) => context.leadership(row) !== undefined);
    const isLed = new Set(led);
    await inTurns(timers, await this.#removeFromIsr(turn, broker, led), (row) => {
      const state = context.leadership(row);
      const others = context.assignment(row).replicas.filter((replica) => replica !== broker);
      if (state !== undefined && !context.isQueuedForDeletion(row.topic))
        batch.addLeaderAndIsr(others, row, state, false);
      this.#enter(turn, row, 'OfflineReplica');
    });
    const leaderless = replicas.filter((row) => !isLed.has(row));
    await inTurns(timers, leaderless, (row) => {
      batch.addUpdateMetadata(context.liveOrShuttingDownBrokerIds(), [row]);
      this.#enter(turn, row, 'OfflineReplica');
    });
  }

  /**
   * Takes the broker out of the ISR of its partitions, again where a leader's write came first. Returns the replicas
   * whose partitions are now without it, also those that were not in the ISR to begin with.
   */
  async #removeFromIsr(turn: Turn, broker: number, replicas: readonly Replica[]): Promise<Replica[]> {
    const removed: Replica[] = [];
    const { store } = this.#services;
    const isInIsr = (_row: Replica, state: LeaderAndIsr): boolean => decideIsrRemoval(state, broker) !== null;
    let states = await statesToDecideOn(this.#services, replicas, isInIsr);
    let remaining = replicas;
    for (;;) {
      remaining = await this.#removeFromIsrOnce(turn, { broker, replicas: remaining, states }, removed);
      if (remaining.length === 0) break;
      states = await store.partitionStates(remaining);
    }
    return removed;
  }

  async #removeFromIsrOnce(
    turn: Turn,
    { broker, replicas, states }: IsrRemoval,
    removed: Replica[],
  ): Promise<Replica[]> {
    const { context, store, timers } = this.#services;
    const writes = new PartitionMap<LeaderAndIsr>();
    await inTurns(timers, replicas, (row) => {
      const state = states.get(row.topic, row.partition);
      if (state === undefined) {
        if (!context.isQueuedForDeletion(row.topic)) this.#fail(row, 'it has no leader and ISR in ZooKeeper');
      } else if (state.controllerEpoch > context.epoch) {
        this.#fail(row, `its state was written by a newer controller of epoch ${state.controllerEpoch}`);
      } else {
        const without = decideIsrRemoval(state, broker);
        if (without !== null) writes.set(row.topic, row.partition, without);
        else this.#wasRemoved(turn, row, { ...state, controllerEpoch: context.epoch }, removed);
      }
    });
    if (writes.size === 0) return [];
    const retry: Replica[] = [];
    const updates = await store.updatePartitionStates(writes, context.epoch, context.epochZkVersion);
    await inTurns(timers, [...updates], ([of, update]) => {
      const row = { ...of, replica: broker };
      if (update.kind === 'bad-version') retry.push(row);
      else if (update.kind === 'failed') this.#fail(row, `ZooKeeper answered ${update.error}`);
      else this.#wasRemoved(turn, row, update.state, removed);
    });
    return retry;
  }

  #wasRemoved(turn: Turn, row: Replica, state: LeaderIsrAndControllerEpoch, removed: Replica[]): void {
    this.#services.context.setLeadership(turn, row, state);
    this.#services.stateChangeLogger.info(
      `Partition ${topicPartitionName(row)} has leader ${state.leader}, leader epoch ${state.leaderEpoch}, ` +
        `ISR ${state.isr.join(',')} after removing replica ${row.replica} as part of transition to OfflineReplica`,
    );
    removed.push(row);
  }

  #fail(row: Replica, why: string): void {
    this.#logFailure(row, 'OfflineReplica', new StateChangeFailedError(why));
  }

  #becomeNonExistent(turn: Turn, row: Replica): void {
    const { context } = this.#services;
    this.#enter(turn, row, 'NonExistentReplica');
    context.setAssignment(turn, row, withoutReplica(context.assignment(row), row.replica));
  }

  #mayEnter(row: Replica, target: ReplicaState): boolean {
    const from = this.#services.context.replicaState(row);
    if (mayEnterReplicaState(from, target)) return true;
    this.#logFailure(row, target, new StateChangeFailedError(`${target} may not be entered from ${from}`));
    return false;
  }

  #enter(turn: Turn, row: Replica, target: ReplicaState): void {
    const { context, facts, stateChangeLogger } = this.#services;
    const { topic, partition, replica } = row;
    const from = context.replicaState(row);
    context.setReplicaState(turn, row, target);
    stateChangeLogger.debug(
      `Changed state of replica ${replica} for partition ${topicPartitionName(row)} from ${from} to ${target}`,
    );
    if (facts.active) facts.emit({ kind: 'replica-state', topic, partition, replica, from, to: target });
  }

  #logFailure(row: Replica, target: ReplicaState, error: unknown): void {
    const { context, brokerId, stateChangeLogger } = this.#services;
    stateChangeLogger.error(
      `Controller ${brokerId} epoch ${context.epoch} failed to change state of replica ${row.replica} for partition ` +
        `${topicPartitionName(row)} from ${context.replicaState(row)} to ${target}`,
      { error },
    );
  }
}
