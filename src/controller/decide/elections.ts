/**
 * Who leads a partition now? The four election strategies of the controller (contract 3.4) as pure functions. In all
 * of them the order of the assignment is the order of preference; the order of the ISR means nothing.
 *
 * Invariant: a leader is elected out of the ISR and out of the replicas that are online, with one exception that has
 * its own name: an unclean election, which is allowed only where the topic (or an administrator) accepts data loss.
 */
import type { LeaderAndIsr, ReplicaAssignment } from '../../zookeeper/index.ts';
import { newLeaderAndIsr, newRecoveringLeaderAndIsr } from '../leader-and-isr.ts';
import { targetReplicas } from '../replica-assignment.ts';

export type ElectionStrategy =
  /** The leader died. `allowUnclean` is an administrator's word; the topic's own setting comes with the input. */
  | { readonly kind: 'OfflinePartition'; readonly allowUnclean: boolean }
  /** A reassignment moves the partition to other replicas. */
  | { readonly kind: 'ReassignPartition' }
  /** Back to the first replica of the assignment. */
  | { readonly kind: 'PreferredReplica' }
  /** The leader's broker wants to stop. */
  | { readonly kind: 'ControlledShutdown' };

export interface ElectionInput {
  readonly assignment: ReplicaAssignment;
  /** As the state znode has it now. */
  readonly state: LeaderAndIsr;
  /** The broker is live, not shutting down, and the replica is on no failed disk. */
  readonly isOnline: (replica: number) => boolean;
  /** As `isOnline`, but a broker that is shutting down still counts. */
  readonly isOnlineOrShuttingDown: (replica: number) => boolean;
  readonly shuttingDownBrokers: ReadonlySet<number>;
  /** Whether the topic's `unclean.leader.election.enable` is on. Asked only when no ISR member is online. */
  readonly uncleanEnabled: boolean;
  /** Older brokers do not know of leaders that recover. */
  readonly marksRecovery: boolean;
}

export interface Election {
  /** The state to write; null when nobody may lead. */
  readonly elected: LeaderAndIsr | null;
  /** The replicas that get a LeaderAndIsr request. */
  readonly recipients: readonly number[];
  readonly unclean: boolean;
}

export function decideElection(strategy: ElectionStrategy, input: ElectionInput): Election {
  switch (strategy.kind) {
    case 'OfflinePartition':
      return electOffline(input, strategy.allowUnclean || input.uncleanEnabled);
    case 'ReassignPartition':
      return electFor(input, targetReplicas(input.assignment), targetReplicas(input.assignment));
    case 'PreferredReplica':
      return electFor(input, input.assignment.replicas.slice(0, 1), input.assignment.replicas);
    case 'ControlledShutdown':
      return electForShutdown(input);
  }
}

/** True when no member of the ISR is online: only an unclean election could give the partition a leader. */
export function needsUncleanElection(input: Pick<ElectionInput, 'state' | 'isOnline'>): boolean {
  return !input.state.isr.some((replica) => input.isOnline(replica));
}

function electOffline(
  { assignment, state, isOnline, marksRecovery }: ElectionInput,
  uncleanAllowed: boolean,
): Election {
  const online = assignment.replicas.filter((replica) => isOnline(replica));
  const clean = online.find((replica) => state.isr.includes(replica));
  if (clean !== undefined) {
    const isr = state.isr.filter((replica) => isOnline(replica));
    return { elected: newLeaderAndIsr(state, clean, isr), recipients: online, unclean: false };
  }
  const anyone = uncleanAllowed ? online[0] : undefined;
  if (anyone === undefined) return { elected: null, recipients: online, unclean: false };
  const elected = marksRecovery
    ? newRecoveringLeaderAndIsr(state, anyone)
    : newLeaderAndIsr(state, anyone, [anyone]);
  return { elected, recipients: online, unclean: true };
}

/** The first candidate that is online and in sync; the ISR stays. */
function electFor(
  { state, isOnline }: ElectionInput,
  candidates: readonly number[],
  recipients: readonly number[],
): Election {
  const leader = candidates.find((replica) => isOnline(replica) && state.isr.includes(replica));
  const elected = leader === undefined ? null : newLeaderAndIsr(state, leader, state.isr);
  return { elected, recipients, unclean: false };
}

function electForShutdown(input: ElectionInput): Election {
  const { assignment, state, shuttingDownBrokers } = input;
  const recipients = assignment.replicas.filter((replica) => input.isOnlineOrShuttingDown(replica));
  const leader = recipients.find(
    (replica) => state.isr.includes(replica) && !shuttingDownBrokers.has(replica),
  );
  if (leader === undefined) return { elected: null, recipients, unclean: false };
  const isr = state.isr.filter((replica) => !shuttingDownBrokers.has(replica));
  return { elected: newLeaderAndIsr(state, leader, isr), recipients, unclean: false };
}
