/**
 * Who is the controller? Standing for election, winning, resigning (contract 2.5, 2.7).
 *
 * Invariants: this broker acts as controller exactly while `activeControllerId` is its own id; it wins only through the
 * transaction that creates /controller and raises /controller_epoch; having lost, it lets go of everything (watches,
 * channels, context, timers) before it does anything else.
 */
import type { FactStream } from '../observe/index.ts';
import { ControllerMovedError } from '../zookeeper/index.ts';
import type { ControllerParts } from './controller-parts.ts';
import type { Turn } from './turn.ts';

export interface ControllerOfficeOptions {
  readonly parts: ControllerParts;
  readonly facts: FactStream;
  /** The steps of a new controller: events/controller-failover.ts. */
  readonly onElected: (turn: Turn) => Promise<void>;
  /** Stops what only a controller runs: its timers. */
  readonly onResigned: () => void;
}

const NO_CONTROLLER = -1;

export class ControllerOffice {
  readonly #options: ControllerOfficeOptions;
  #activeControllerId = NO_CONTROLLER;

  constructor(options: ControllerOfficeOptions) {
    this.#options = options;
  }

  get activeControllerId(): number {
    return this.#activeControllerId;
  }

  get isActive(): boolean {
    return this.#activeControllerId === this.#options.parts.brokerId;
  }

  /** Becomes controller if nobody is. Whatever goes wrong on the way ends in resigning, so that somebody can. */
  async elect(turn: Turn): Promise<void> {
    const { store, context, brokerId, logger } = this.#options.parts;
    this.#activeControllerId = await store.controllerId();
    if (this.#activeControllerId !== NO_CONTROLLER) return;
    try {
      const { epoch, zkVersion } = await store.register(brokerId);
      context.setEpoch(turn, epoch, zkVersion);
      this.#activeControllerId = brokerId;
      logger.info(`${brokerId} successfully elected as the controller. Epoch incremented to ${epoch}`);
      const { facts } = this.#options;
      if (facts.active) facts.emit({ kind: 'controller-elected', controllerEpoch: epoch });
      await this.#options.onElected(turn);
    } catch (error) {
      if (error instanceof ControllerMovedError) {
        await this.maybeResign(turn, error.message);
      } else {
        logger.error('Error while electing or becoming controller, giving the office up', { error });
        await this.giveUp(turn);
      }
    }
  }

  /** Looks who is in office, with a fresh watch, and resigns when that is no longer this broker. */
  async maybeResign(turn: Turn, reason: string): Promise<void> {
    const { store, watches, brokerId } = this.#options.parts;
    const before = this.#activeControllerId;
    await watches.watchController();
    this.#activeControllerId = await store.controllerId();
    if (before === brokerId && this.#activeControllerId !== brokerId) this.#letGo(turn, reason);
  }

  /** Resigns at once, without a look: the session that held the office is gone, or the broker stops. */
  resign(turn: Turn, reason: string): void {
    const wasActive = this.isActive;
    this.#activeControllerId = NO_CONTROLLER;
    if (wasActive) this.#letGo(turn, reason);
  }

  /** Resigns and deletes /controller, so that another election begins. */
  async giveUp(turn: Turn): Promise<void> {
    const { store, context, logger } = this.#options.parts;
    const wasActive = this.isActive;
    this.#activeControllerId = await store.controllerId();
    if (!this.isActive) {
      if (wasActive) this.#letGo(turn, 'another controller is in office');
      return;
    }
    const { epochZkVersion } = context;
    this.resign(turn, 'it failed to become controller');
    try {
      await store.deleteController(epochZkVersion);
    } catch (error) {
      if (!(error instanceof ControllerMovedError)) throw error;
      logger.warn('The controller had already moved when this one gave up');
    }
  }

  #letGo(turn: Turn, reason: string): void {
    const { watches, channels, context, logger } = this.#options.parts;
    this.#options.onResigned();
    watches.unwatchCluster();
    channels.removeAll();
    context.reset(turn);
    logger.info(`Resigned as controller: ${reason}`);
    const { facts } = this.#options;
    if (facts.active) facts.emit({ kind: 'controller-resigned', reason });
  }
}
