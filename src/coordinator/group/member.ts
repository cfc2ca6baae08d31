/**
 * One member of a classic group: who it is, what it can speak, what it was assigned, and the JoinGroup or SyncGroup
 * request of it that is still waiting for an answer. Plain state; the rules live in group.ts and in the request files.
 *
 * Invariant: at most one join and one sync wait per member. A request that takes the place of a waiting one answers
 * the older with REBALANCE_IN_PROGRESS, so that no connection stays muted for ever.
 */
import { defined } from '../../common/index.ts';
import type { ErrorName } from '../../protocol/index.ts';

/** One of the protocols (for consumers: assignors) a member offers, the preferred one first. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** What JoinGroup answers. `protocolName` null is written as "" for versions that know no null. */
export interface JoinGroupResult {
  readonly error: ErrorName;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leaderId: string;
  readonly skipAssignment: boolean;
  /** Everybody's metadata for the leader, empty for followers. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Buffer;
}

export interface SyncGroupResult {
  readonly error: ErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

const NO_GENERATION = -1;
export const UNKNOWN_MEMBER_ID = '';
const EMPTY_ASSIGNMENT = Buffer.alloc(0);

export function joinError(memberId: string, error: ErrorName): JoinGroupResult {
  return {
    error,
    memberId,
    generationId: NO_GENERATION,
    protocolType: null,
    protocolName: null,
    leaderId: '',
    skipAssignment: false,
    members: [],
  };
}

export function syncError(error: ErrorName): SyncGroupResult {
  return { error, protocolType: null, protocolName: null, assignment: EMPTY_ASSIGNMENT };
}

export interface MemberIdentity {
  readonly memberId: string;
  /** Set for static members (KIP-345). */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** As Java prints an address: `/127.0.0.1`. */
  readonly clientHost: string;
}

export interface MemberSettings {
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
}

export class Member {
  memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  settings: MemberSettings;
  assignment: Buffer;
  /** True until its first rebalance completes: such a member has no id to send heartbeats with. */
  isNew = false;
  /** Answers the JoinGroup that waits for the others; set through Group.awaitJoin, which counts. */
  answerJoin: ((result: JoinGroupResult) => void) | null = null;
  answerSync: ((result: SyncGroupResult) => void) | null = null;

  constructor(
    identity: MemberIdentity,
    protocolType: string,
    settings: MemberSettings,
    assignment: Buffer = EMPTY_ASSIGNMENT,
  ) {
    this.memberId = identity.memberId;
    this.groupInstanceId = identity.groupInstanceId;
    this.clientId = identity.clientId;
    this.clientHost = identity.clientHost;
    this.protocolType = protocolType;
    this.settings = settings;
    this.assignment = assignment;
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null;
  }

  get isAwaitingJoin(): boolean {
    return this.answerJoin !== null;
  }

  get isAwaitingSync(): boolean {
    return this.answerSync !== null;
  }

  /** A waiting request is as good as a heartbeat, but not for a new member: its client may be gone long since. */
  get isKeptAliveByItsRequest(): boolean {
    return !this.isNew && (this.isAwaitingJoin || this.isAwaitingSync);
  }

  metadataFor(protocolName: string): Buffer {
    const protocol = this.settings.protocols.find(({ name }) => name === protocolName);
    return defined(protocol, `protocol ${protocolName} of member ${this.memberId}`).metadata;
  }

  /** Whether these are the protocols it joined with, in the same order and with the same bytes. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    const mine = this.settings.protocols;
    if (protocols.length !== mine.length) return false;
    return protocols.every(
      ({ name, metadata }, index) => name === mine[index]!.name && metadata.equals(mine[index]!.metadata),
    );
  }

  /** Its vote: the first of its protocols that everybody speaks. */
  vote(candidates: ReadonlySet<string>): string {
    const choice = this.settings.protocols.find(({ name }) => candidates.has(name));
    return defined(choice, `a candidate among the protocols of member ${this.memberId}`).name;
  }
}
