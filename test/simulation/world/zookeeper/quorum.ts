/**
 * Who leads an ensemble and who follows. Nothing is decided without a majority in touch with the leader; a server out
 * of touch for too long serves nobody, as its copy may be of any age. That a process ended is noticed within
 * LOOK_EVERY_MS, that a link is cut within SYNC_LIMIT_MS more; an election takes its time, in which nobody serves.
 */
import type { SeededRandom } from '../seeded-random.ts';
import type { World } from '../index.ts';

const LOOK_EVERY_MS = 250;
/** `syncLimit`, two ticks: how long leader and follower may not hear of each other. */
const SYNC_LIMIT_MS = 4_000;
const FIRST_ELECTION_MS = [50, 250] as const;
const ELECTION_MS = [300, 2_500] as const;
/** For a follower to take from the leader what it has missed. */
const JOIN_MS = [100, 1_000] as const;

export interface Member {
  readonly id: number;
  readonly host: string;
  readonly isRunning: boolean;
  readonly isServing: boolean;
  /** Transactions it has applied. */
  readonly position: number;
  /** Takes clients, after it has caught up with all that is committed. */
  serve(): void;
  /** Closes every connection and serves nobody. */
  leave(): void;
  /** Its process is gone, and its connections with it. */
  died(): void;
}

export class Quorum {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #members: readonly Member[];
  readonly #majority: number;
  readonly #onLeader: () => void;
  readonly #outOfTouchSinceMs = new Map<Member, number>();
  readonly #joinsAtMs = new Map<Member, number>();
  #leader: Member | undefined;
  #epoch = 0;
  #aloneSinceMs: number | undefined;
  #electsAtMs: number | undefined;
  #isLooking = false;

  constructor(world: World, random: SeededRandom, members: readonly Member[], onLeader: () => void) {
    this.#world = world;
    this.#random = random;
    this.#members = members;
    this.#majority = Math.floor(members.length / 2) + 1;
    this.#onLeader = onLeader;
  }

  get leader(): Member | undefined {
    return this.#leader;
  }

  /** Counts the leaders there have been: the upper half of every zxid. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Looks after the members from now on; once is enough. */
  begin(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#lookLater();
  }

  /** Whether what `member` sends to the leader gets there and can be committed. */
  canCommit(member: Member): boolean {
    const leader = this.#leader;
    return leader !== undefined && this.#inTouch(leader, member) && this.#hasMajority(leader);
  }

  /** Whether what the leader sends gets to `member`. */
  hears(member: Member): boolean {
    return this.#leader !== undefined && this.#inTouch(this.#leader, member);
  }

  /** The leader gives up, or is gone: nobody serves until another is elected. */
  loseLeader(): void {
    if (this.#leader === undefined) return;
    this.#world.note(this.#leader.host, 'leads no longer');
    this.#leader = undefined;
    this.#aloneSinceMs = undefined;
    for (const member of this.#members) this.#leave(member);
  }

  /** Takes note of who is there, and of what follows from it. */
  look(): void {
    for (const member of this.#members) if (member.isRunning && !this.#isUp(member)) this.#bury(member);
    const leader = this.#leader;
    if (leader === undefined) {
      this.#mayElect();
      return;
    }
    for (const member of this.#members)
      if (member !== leader && member.isRunning) this.#lookAfter(leader, member);
    this.#aloneSinceMs = this.#hasMajority(leader) ? undefined : (this.#aloneSinceMs ?? this.#world.nowMs);
    if (this.#hasLasted(this.#aloneSinceMs)) this.loseLeader();
  }

  #lookLater(): void {
    this.#world.scheduler.after(LOOK_EVERY_MS, () => {
      this.look();
      this.#lookLater();
    });
  }

  #bury(member: Member): void {
    member.died();
    this.#forget(member);
    if (member === this.#leader) this.loseLeader();
  }

  #lookAfter(leader: Member, member: Member): void {
    const { nowMs } = this.#world;
    if (!this.#inTouch(leader, member)) {
      this.#joinsAtMs.delete(member);
      const sinceMs = this.#outOfTouchSinceMs.get(member) ?? nowMs;
      this.#outOfTouchSinceMs.set(member, sinceMs);
      if (member.isServing && this.#hasLasted(sinceMs)) this.#leave(member);
      return;
    }
    this.#outOfTouchSinceMs.delete(member);
    if (member.isServing) return;
    const joinsAtMs = this.#joinsAtMs.get(member) ?? nowMs + this.#random.between(...JOIN_MS);
    if (nowMs >= joinsAtMs) this.#serve(member);
    else this.#joinsAtMs.set(member, joinsAtMs);
  }

  #mayElect(): void {
    const candidate = this.#candidate();
    if (candidate === undefined) {
      this.#electsAtMs = undefined;
      return;
    }
    const { nowMs } = this.#world;
    const durationMs: readonly [number, number] = this.#epoch === 0 ? FIRST_ELECTION_MS : ELECTION_MS;
    this.#electsAtMs ??= nowMs + this.#random.between(...durationMs);
    if (nowMs < this.#electsAtMs) return;
    this.#electsAtMs = undefined;
    this.#epoch += 1;
    this.#leader = candidate;
    this.#world.note(candidate.host, `leads in epoch ${this.#epoch}`);
    this.#serve(candidate);
    for (const member of this.#members)
      if (member !== candidate && this.#inTouch(candidate, member)) this.#serve(member);
    this.#onLeader();
  }

  /** As in the real election: of those whom a majority can hear, the one with most, then the one with the highest id. */
  #candidate(): Member | undefined {
    return this.#members
      .filter((member) => this.#hasMajority(member))
      .sort((a, b) => b.position - a.position || b.id - a.id)[0];
  }

  #serve(member: Member): void {
    this.#forget(member);
    this.#world.note(member.host, 'serves');
    member.serve();
  }

  #leave(member: Member): void {
    this.#forget(member);
    if (!member.isServing) return;
    this.#world.note(member.host, 'serves no longer');
    member.leave();
  }

  #forget(member: Member): void {
    this.#outOfTouchSinceMs.delete(member);
    this.#joinsAtMs.delete(member);
  }

  #hasMajority(member: Member): boolean {
    return this.#members.filter((other) => this.#inTouch(member, other)).length >= this.#majority;
  }

  #inTouch(a: Member, b: Member): boolean {
    if (!this.#isUp(a) || !this.#isUp(b)) return false;
    const { network } = this.#world;
    return !network.isCut(a.host, b.host) && !network.isCut(b.host, a.host);
  }

  #isUp(member: Member): boolean {
    return member.isRunning && this.#world.network.isUp(member.host);
  }

  #hasLasted(sinceMs: number | undefined): boolean {
    return sinceMs !== undefined && this.#world.nowMs - sinceMs > SYNC_LIMIT_MS;
  }
}
