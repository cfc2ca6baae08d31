/**
 * The way between one server and its leader: what the server asks arrives in order, what the leader commits arrives in
 * order, both after a while. A cut link holds both up; a server that leaves loses what it has asked and not yet got
 * through, and takes the log up again when it serves next.
 */
import type { SeededRandom } from '../seeded-random.ts';
import type { World } from '../index.ts';
import type { Quorum } from './quorum.ts';
import type { Server } from './server.ts';

/** From a server to its leader, or back. */
const TRAVEL_MS = [0.1, 2] as const;
/** Until a majority has synced a transaction. */
const COMMIT_MS = [0.5, 4] as const;
/** Now and then a follower falls behind for a moment: a pause of its collector, a slow disk. */
const STALL_PROBABILITY = 0.01;
const STALL_MS = [10, 300] as const;
/** How often a link that is cut, or a leader without a majority, is tried again. */
const RETRY_MS = 50;

export class LeaderLink {
  /** How much further than by itself the server lags behind. */
  lagMs = 0;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #quorum: Quorum;
  readonly #server: Server;
  #asked: (() => void)[] = [];
  #isSending = false;
  #lastArrivalMs = 0;

  constructor(world: World, random: SeededRandom, quorum: Quorum, server: Server) {
    this.#world = world;
    this.#random = random;
    this.#quorum = quorum;
    this.#server = server;
  }

  ask(action: () => void): void {
    this.#asked.push(action);
    if (this.#isSending) return;
    this.#isSending = true;
    this.#sendAfter(this.#quorum.leader === this.#server ? 0 : this.#random.between(...TRAVEL_MS));
  }

  /** The log has grown to there: the server will know after a while. */
  follow(position: number): void {
    if (!this.#server.isServing) return;
    const stallMs = this.#random.chance(STALL_PROBABILITY) ? this.#random.between(...STALL_MS) : 0;
    const travelMs = this.#quorum.leader === this.#server ? 0 : this.#random.between(...TRAVEL_MS) + stallMs;
    const { nowMs } = this.#world;
    const arrivalMs = nowMs + this.#random.between(...COMMIT_MS) + travelMs + this.lagMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    this.#applyAfter(this.#lastArrivalMs - nowMs, position);
  }

  /** The server serves no longer. */
  drop(): void {
    this.#asked = [];
    this.#lastArrivalMs = 0;
  }

  #sendAfter(delayMs: number): void {
    this.#world.scheduler.after(delayMs, () => {
      if (this.#asked.length > 0 && !this.#quorum.canCommit(this.#server)) {
        this.#sendAfter(RETRY_MS);
        return;
      }
      this.#isSending = false;
      const asked = this.#asked;
      this.#asked = [];
      for (const action of asked) action();
    });
  }

  #applyAfter(delayMs: number, position: number): void {
    this.#world.scheduler.after(delayMs, () => {
      if (!this.#server.isServing || this.#server.position >= position) return;
      if (this.#quorum.hears(this.#server)) this.#server.applyThrough(position);
      else this.#applyAfter(RETRY_MS, position);
    });
  }
}
