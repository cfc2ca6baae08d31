/**
 * A history of one group with three members, and of one without: they join, sync, commit, leave and are removed, offsets
 * and groups are deleted. record.ts plays it on the original, test/unit/coordinator/group-history.test.ts on our
 * coordinator; both tell what is in `__consumer_offsets` afterwards.
 */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  encodeVersioned,
} from '../../../../src/protocol/index.ts';

export const TOPIC = 'history';
export const PARTITIONS = 8;

interface ToJoin {
  readonly client: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly protocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

interface Joined {
  readonly error: string;
  readonly memberId: string;
  readonly generationId: number;
  readonly leaderId: string;
  readonly protocolName: string | null;
  readonly members: readonly string[];
  readonly skipAssignment: boolean;
}

interface Place {
  readonly client: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
}

/** Who plays it. Answers to what waits come once the group has reached its next state. */
export interface Player {
  join(join: ToJoin): Promise<Joined>;
  sync(place: Place, assignments: ReadonlyMap<string, Buffer>): Promise<string>;
  leave(place: Omit<Place, 'generationId'>): Promise<string>;
  commit(group: string, place: Place | null, partitions: readonly number[], retentionMs?: number): Promise<void>;
  deleteOffsets(group: string, partitions: readonly number[]): Promise<void>;
  deleteGroup(group: string): Promise<void>;
  /** Waits until the group `GROUP` is in this state, with so many members. */
  reached(state: string, members: number): Promise<void>;
}

export const GROUP = 'several';
const SIMPLE_GROUP = 'simple';

const metadata = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: [TOPIC], userData: null });
const RANGE = { name: 'range', metadata };
const ROUND_ROBIN = { name: 'roundrobin', metadata };

const assignmentOf = (partitions: readonly number[]): Buffer =>
  encodeVersioned(ConsumerProtocolAssignment, 1, {
    assignedPartitions: [{ topic: TOPIC, partitions: [...partitions] }],
    userData: null,
  });

class HistoryMember {
  readonly #player: Player;
  readonly #who: Omit<ToJoin, 'memberId'>;
  memberId = '';
  generationId = -1;
  leads = false;

  constructor(player: Player, who: Omit<ToJoin, 'memberId'>) {
    this.#player = player;
    this.#who = who;
  }

  get place(): Place {
    const { memberId, generationId } = this;
    return { ...this.#who, memberId, generationId };
  }

  async join(): Promise<Joined> {
    const joined = await this.#player.join({ ...this.#who, memberId: this.memberId });
    this.memberId = joined.memberId;
    this.generationId = joined.generationId;
    this.leads = joined.leaderId === joined.memberId;
    return joined;
  }

  sync(assignments: ReadonlyMap<string, Buffer> = new Map()): Promise<string> {
    return this.#player.sync(this.place, assignments);
  }
}

/** What members were told on the way, without their ids: the order of the leader's list, who leads, which protocol won. */
export async function playHistory(player: Player): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  const member = (
    client: string,
    protocols: ToJoin['protocols'],
    groupInstanceId: string | null = null,
  ): HistoryMember => new HistoryMember(player, { client, protocols, groupInstanceId });
  const alpha = member('alpha', [RANGE, ROUND_ROBIN]);
  const beta = member('beta', [ROUND_ROBIN, RANGE]);
  const placed = member('gamma', [RANGE, ROUND_ROBIN], 'place');
  const nameOf = (memberId: string): string =>
    [alpha, beta, placed].find((each) => each.memberId === memberId)?.place.client ?? 'nobody';

  /** All of them have a JoinGroup waiting or are about to: they find the next generation and share the partitions. */
  const rebalance = async (joins: readonly Promise<Joined>[], members: readonly HistoryMember[]): Promise<void> => {
    await player.reached('CompletingRebalance', members.length);
    const joined = await Promise.all(joins);
    const leader = members.find(({ leads }) => leads);
    if (leader === undefined) throw new Error('nobody leads');
    const list = joined.find(({ memberId }) => memberId === leader.memberId)?.members ?? [];
    told.push({
      generationId: leader.generationId,
      leader: nameOf(leader.memberId),
      protocol: joined[0]?.protocolName,
      members: list.map(nameOf),
    });
    const assignments = new Map(list.map((memberId, index) => [memberId, assignmentOf([index, index + 3])]));
    const syncs = members.map((each) => each.sync(each === leader ? assignments : new Map()));
    await player.reached('Stable', members.length);
    const errors = await Promise.all(syncs);
    if (errors.some((error) => error !== 'NONE')) throw new Error(`not synced: ${errors.join(' ')}`);
  };

  await rebalance([alpha.join()], [alpha]);
  const arrival = beta.join();
  await player.reached('PreparingRebalance', 2);
  await rebalance([arrival, alpha.join()], [alpha, beta]);
  const third = placed.join();
  await player.reached('PreparingRebalance', 3);
  await rebalance([third, alpha.join(), beta.join()], [alpha, beta, placed]);

  await player.leave(alpha.place);
  await player.reached('PreparingRebalance', 2);
  await rebalance([beta.join(), placed.join()], [beta, placed]);
  await player.commit(GROUP, beta.place, [0, 1, 2, 3, 4, 5, 6, 7]);
  await player.commit(GROUP, placed.place, [5, 6, 7]);

  placed.memberId = '';
  const back = placed.join();
  await player.reached('Stable', 2);
  const { skipAssignment, leaderId } = await back;
  told.push({ back: placed.place.client, leader: nameOf(leaderId), skipAssignment });
  await player.leave({ ...placed.place, memberId: '' });
  await player.reached('PreparingRebalance', 1);
  await rebalance([beta.join()], [beta]);
  await player.leave(beta.place);
  await player.reached('Empty', 0);

  await player.commit(GROUP, null, [2], 3_600_000);
  await player.commit(SIMPLE_GROUP, null, [7, 3, 0, 4, 1]);
  await player.deleteOffsets(GROUP, [3, 0]);
  await player.deleteOffsets(SIMPLE_GROUP, [1]);
  await player.deleteGroup(GROUP);
  await player.deleteGroup(SIMPLE_GROUP);
  return told;
}

/** One batch of `__consumer_offsets`, without what two clusters never share: offsets, epochs, times. */
export interface WrittenBatch {
  readonly attributes: number;
  readonly baseSequence: number;
  readonly records: readonly { readonly key: string; readonly value: string | null }[];
}

export interface Recorded {
  /** In the order in which they were given out, without the client's part. */
  readonly memberIds: readonly string[];
  readonly told: readonly unknown[];
  readonly batches: readonly WrittenBatch[];
}
