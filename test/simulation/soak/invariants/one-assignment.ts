/**
 * A generation of a group is completed once: what its members were assigned is written before anybody is told, so no
 * other coordinator ever completes it again, and generations grow from one to the next. In each, a partition has one
 * owner. Generations that never were completed do not count: a coordinator that dies before it has written what it was
 * sent leaves the number to the next one.
 *
 * A group that died starts anew.
 */
import { GROUP_METADATA_TOPIC } from '../../../../src/common/index.ts';
import type { Group } from '../../../../src/coordinator/group/group.ts';
import { CONSUMER_PROTOCOL_TYPE } from '../../../../src/coordinator/group/subscription.ts';
import type { RecordedFact } from '../../../../src/observe/index.ts';
import type { Rule } from './rule.ts';
import type { Report } from './violation.ts';

/** The part of a group that is looked at. */
type SeenGroup = Pick<Group, 'generationId' | 'protocolType' | 'members'>;
export type LookAtGroup = (broker: number, groupId: string) => SeenGroup | undefined;

type GroupFact = Extract<RecordedFact, { readonly kind: 'group-state' }>;

interface Completed {
  readonly generationId: number;
  readonly broker: number;
}

const MOVED = 'its partition moved to another coordinator';

export function oneAssignment(lookAt: LookAtGroup): Rule {
  /** The latest generation of each group that was completed, by whom. */
  const completed = new Map<string, Completed>();
  /** What each coordinator has last said of a group, while it has it. */
  const latest = new Map<number, Map<string, number>>();
  return {
    see(fact, _cluster, report) {
      if (fact.kind === 'broker-state' && fact.state === 'starting') latest.delete(fact.broker);
      if (fact.kind === 'coordinator-unloaded' && fact.topic === GROUP_METADATA_TOPIC)
        latest.delete(fact.broker);
      if (fact.kind !== 'group-state') return;
      seeLatest(fact, latest, report);
      if (fact.to === 'Stable') {
        seeCompleted(fact, completed, report);
        const group = lookAt(fact.broker, fact.group);
        if (group !== undefined) seeOwners(fact.group, group, report);
      }
      if (fact.to !== 'Dead' || fact.reason === MOVED) return;
      completed.delete(fact.group);
      latest.get(fact.broker)?.delete(fact.group);
    },
  };
}

function seeLatest(
  { broker, group, generationId }: GroupFact,
  latest: Map<number, Map<string, number>>,
  report: Report,
): void {
  let ofBroker = latest.get(broker);
  if (ofBroker === undefined) latest.set(broker, (ofBroker = new Map<string, number>()));
  const before = ofBroker.get(group) ?? -1;
  if (generationId < before)
    report(
      'one-assignment',
      `group ${group} on broker ${broker} goes from generation ${before} to ${generationId}`,
    );
  ofBroker.set(group, generationId);
}

function seeCompleted(
  { broker, group, generationId }: GroupFact,
  completed: Map<string, Completed>,
  report: Report,
): void {
  const before = completed.get(group);
  if (before !== undefined && before.generationId === generationId && before.broker !== broker)
    report(
      'one-assignment',
      `generation ${generationId} of group ${group} is completed by brokers ${before.broker} and ${broker}`,
    );
  // The word of a coordinator that was deposed may come late, of something that its log had in time.
  if (before === undefined || generationId > before.generationId)
    completed.set(group, { generationId, broker });
}

function seeOwners(groupId: string, group: SeenGroup, report: Report): void {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return;
  const owners = new Map<string, string>();
  for (const { memberId, assignment } of group.members())
    for (const name of assignedIn(assignment)) {
      const other = owners.get(name);
      if (other !== undefined)
        report(
          'one-assignment',
          `${name} is assigned to ${other} and ${memberId} in generation ${group.generationId} of group ${groupId}`,
        );
      owners.set(name, memberId);
    }
}

/** The partitions of a consumer's assignment: every version of it begins with those. */
export function assignedIn(assignment: Buffer): string[] {
  if (assignment.length < 6) return [];
  const names: string[] = [];
  let at = 2;
  const int = (): number => assignment.readInt32BE((at += 4) - 4);
  for (let topics = int(); topics > 0; topics--) {
    const length = assignment.readInt16BE(at);
    const topic = assignment.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    for (let count = int(); count > 0; count--) names.push(`${topic}-${int()}`);
  }
  return names;
}
