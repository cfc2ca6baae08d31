/**
 * Random histories: members of several kinds join, sync, beat, leave and vanish while time passes, the log gets slow or
 * refuses, and the partition moves between two coordinators. Whatever happens:
 *
 *   - generations only grow, and within one every member hears of the same leader, protocol and set of members
 *   - within one generation a member is never given two different assignments, and no partition has two owners
 *   - nobody waits for ever: once the disturbance ends every request is answered, and the group becomes Stable
 *   - a coordinator that reads the log finds the offsets that were acknowledged
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GroupCoordinator, JoinGroupResult, SyncGroupResult } from '../../../src/coordinator/index.ts';
import type { ErrorName } from '../../../src/protocol/index.ts';
import { coordinatorWorld, settle, type World } from './coordinator-world.ts';
import { joinOf, RANGE, ROUND_ROBIN, waiting, type Waiting } from './members.ts';

const MEMBERS = 5;
const PARTITIONS = 7;

type Step =
  | { readonly kind: 'join' | 'sync' | 'beat' | 'leave' | 'forget' | 'commit'; readonly member: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'log'; readonly hold: boolean; readonly failWith: ErrorName }
  | { readonly kind: 'move' };

const PARTITION_NUMBERS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

const member = fc.nat(MEMBERS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('join' as const), member }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('sync' as const), member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('beat' as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), member }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('commit' as const), member }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(12_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('log' as const),
      hold: fc.boolean(),
      failWith: fc.constantFrom<ErrorName>('NONE', 'NONE', 'NOT_ENOUGH_REPLICAS', 'NOT_LEADER_OR_FOLLOWER'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'move' as const }) },
);

/** A client that follows the protocol: it believes what it is told, and starts over when it has to. */
class Client {
  readonly index: number;
  memberId = '';
  generationId = -1;
  joined: JoinGroupResult | null = null;
  join: Waiting<JoinGroupResult> | null = null;
  sync: Waiting<SyncGroupResult> | null = null;
  /** The generation its SyncGroup was sent in. */
  syncGeneration = -1;

  constructor(index: number) {
    this.index = index;
  }

  /** The first two are static members, the third asks for no id beforehand, as old clients do. */
  get groupInstanceId(): string | null {
    return this.index < 2 ? `place-${this.index}` : null;
  }

  get isBusy(): boolean {
    return (this.join !== null && !this.join.answer) || (this.sync !== null && !this.sync.answer);
  }

  forget(): void {
    this.memberId = '';
    this.generationId = -1;
    this.joined = null;
  }
}

interface Generation {
  readonly leaderId: string;
  readonly protocolName: string | null;
  readonly assignments: Map<string, string>;
  readonly owners: Map<string, string>;
  members: readonly string[] | null;
}

class History {
  readonly world: World;
  readonly clients = Array.from({ length: MEMBERS }, (_, index) => new Client(index));
  readonly generations = new Map<number, Generation>();
  readonly acknowledged = new Map<number, number>();
  coordinator: GroupCoordinator;
  newestGeneration = 0;
  #epoch = 1;
  #commits = 0;

  constructor(world: World) {
    this.world = world;
    this.coordinator = world.coordinator;
  }

  async run(next: Step): Promise<void> {
    switch (next.kind) {
      case 'pass':
        await this.world.time.advance(next.ms);
        break;
      case 'log':
        this.world.log.hold = next.hold;
        this.world.log.failWith = next.failWith;
        if (!next.hold) await this.world.log.release();
        break;
      case 'move':
        await this.#move();
        break;
      case 'join':
        this.#join(this.clients[next.member]!);
        break;
      case 'sync':
        this.#sync(this.clients[next.member]!);
        break;
      case 'beat':
        this.#beat(this.clients[next.member]!);
        break;
      case 'leave':
        this.#leave(this.clients[next.member]!);
        break;
      case 'forget':
        this.clients[next.member]!.forget();
        break;
      case 'commit':
        this.#commit(this.clients[next.member]!);
        break;
    }
    await settle();
    this.#listen();
  }

  /** Everybody does what a healthy client does, until the group is Stable with all of them. */
  async calm(): Promise<void> {
    await this.run({ kind: 'log', hold: false, failWith: 'NONE' });
    for (let round = 0; round < 80; round++) {
      for (const client of this.clients) {
        if (this.#beat(client) === 'NONE' && client.sync?.answer?.error === 'NONE') continue;
        this.#listen();
        if (client.joined === null) this.#join(client);
        else this.#sync(client);
      }
      await this.world.time.advance(1_000);
      this.#listen();
      const settled = this.clients.every((client) => !client.isBusy && client.sync?.answer?.error === 'NONE');
      if (settled && this.clients.every((client) => this.#beat(client) === 'NONE')) return;
    }
    throw new Error(`not stable: ${JSON.stringify(this.coordinator.describeGroup('group'))}`);
  }

  #join(client: Client): void {
    if (client.isBusy) return;
    const { index, memberId, groupInstanceId } = client;
    client.joined = null;
    client.join = waiting(
      this.coordinator.joinGroup(
        joinOf({
          memberId,
          groupInstanceId,
          requireKnownMemberId: groupInstanceId === null && index !== 2,
          protocols: index % 2 === 0 ? [RANGE, ROUND_ROBIN] : [ROUND_ROBIN, RANGE],
          sessionTimeoutMs: 10_000,
          rebalanceTimeoutMs: 20_000,
        }),
      ),
    );
  }

  #sync(client: Client): void {
    const { joined, generationId, memberId, groupInstanceId } = client;
    if (client.isBusy || joined === null) return;
    const isAssigning = joined.leaderId === memberId && !joined.skipAssignment;
    const assignments = isAssigning
      ? joined.members.map(({ memberId: id }, index) => {
          const mine = PARTITION_NUMBERS.filter((partition) => partition % joined.members.length === index);
          return [id, Buffer.from(`${generationId} ${id} ${mine.join(',')}`)] as const;
        })
      : [];
    client.syncGeneration = generationId;
    client.sync = waiting(
      this.coordinator.syncGroup({
        groupId: 'group',
        generationId,
        memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocolName: joined.protocolName,
        assignments: new Map(assignments),
      }),
    );
  }

  #beat({ generationId, memberId, groupInstanceId }: Client): ErrorName {
    return this.coordinator.heartbeat({ groupId: 'group', memberId, groupInstanceId, generationId });
  }

  #leave(client: Client): void {
    const { memberId, groupInstanceId } = client;
    this.coordinator.leaveGroup('group', [{ memberId, groupInstanceId, reason: null }]);
    client.forget();
  }

  #commit({ index, memberId, groupInstanceId, generationId }: Client): void {
    const offset = ++this.#commits;
    const value = { offset, leaderEpoch: -1, metadata: '', commitTimestampMs: 0, expireTimestampMs: null };
    void this.coordinator
      .commitOffsets({
        groupId: 'group',
        memberId,
        groupInstanceId,
        generationId,
        offsets: [[{ topic: 'orders', partition: index }, value]],
      })
      .then(([error]) => {
        const before = this.acknowledged.get(index) ?? 0;
        if (error === 'NONE') this.acknowledged.set(index, Math.max(before, offset));
      });
  }

  async #move(): Promise<void> {
    this.#epoch += 1;
    this.coordinator.onResignation(0, this.#epoch);
    this.coordinator = this.world.another();
    this.coordinator.onElection(0, this.#epoch);
    await this.world.time.advance(1);
    // What is not stored is not remembered: the next generation may bear a number that was given out before.
    const stored = this.#storedGeneration();
    for (const generation of this.generations.keys())
      if (generation > stored) this.generations.delete(generation);
    this.newestGeneration = stored;
  }

  #storedGeneration(): number {
    let newest = 0;
    for (const [generation, { assignments }] of this.generations)
      if (assignments.size > 0) newest = Math.max(newest, generation);
    return newest;
  }

  /** Clients take in what they were answered. */
  #listen(): void {
    for (const client of this.clients) {
      if (client.sync?.answer !== undefined) this.#heardSync(client, client.sync.answer);
      if (client.join?.answer !== undefined) this.#heardJoin(client, client.join.answer);
    }
  }

  #heardJoin(client: Client, result: JoinGroupResult): void {
    client.join = null;
    if (result.error === 'MEMBER_ID_REQUIRED') client.memberId = result.memberId;
    else if (result.error === 'UNKNOWN_MEMBER_ID' || result.error === 'FENCED_INSTANCE_ID') client.forget();
    if (result.error !== 'NONE') return;
    client.joined = result;
    client.memberId = result.memberId;
    client.generationId = result.generationId;
    client.sync = null;
    expect(result.generationId).toBeGreaterThanOrEqual(this.newestGeneration);
    this.newestGeneration = result.generationId;
    this.#agree(result);
  }

  #agree({ generationId, leaderId, memberId, protocolName, members, skipAssignment }: JoinGroupResult): void {
    const known = this.generations.get(generationId);
    if (known === undefined) {
      const ids = leaderId === memberId ? members.map((each) => each.memberId) : null;
      this.generations.set(generationId, {
        leaderId,
        protocolName,
        assignments: new Map(),
        owners: new Map(),
        members: ids,
      });
      return;
    }
    expect(protocolName).toBe(known.protocolName);
    // A static leader that came back has another member id in the same generation.
    if (!leaderId.startsWith('place-')) expect(leaderId).toBe(known.leaderId);
    if (leaderId === memberId && !skipAssignment && !leaderId.startsWith('place-'))
      known.members = members.map((each) => each.memberId);
  }

  #heardSync(client: Client, result: SyncGroupResult): void {
    if (result.error === 'UNKNOWN_MEMBER_ID' || result.error === 'FENCED_INSTANCE_ID') client.forget();
    if (result.error !== 'NONE') {
      if (result.error !== 'COORDINATOR_LOAD_IN_PROGRESS') client.joined = null;
      client.sync = null;
      return;
    }
    const place = client.groupInstanceId ?? client.memberId;
    const given = result.assignment.toString();
    if (given !== '') expect(given).toMatch(new RegExp(`^${client.syncGeneration} `));
    const generation = this.generations.get(client.syncGeneration);
    expect(generation?.assignments.get(place) ?? given).toBe(given);
    generation?.assignments.set(place, given);
    const [, , partitions = ''] = given.split(' ');
    for (const partition of partitions.split(',').filter((each) => each !== '')) {
      expect(generation?.owners.get(partition) ?? place).toBe(place);
      generation?.owners.set(partition, place);
    }
  }
}

test('groups keep their promises through any history', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.nat(3000),
      async (steps, initialRebalanceDelayMs) => {
        const world = await coordinatorWorld({ initialRebalanceDelayMs });
        const history = new History(world);
        for (const next of steps) await history.run(next);
        await history.calm();
        expect(history.coordinator.describeGroup('group')).toMatchObject({ groupState: 'Stable' });

        const reader = world.another();
        reader.onElection(0, 1_000_000);
        await world.time.advance(1);
        const inMemory = history.coordinator.fetchOffsets('group', null, false).offsets;
        expect(new Set(reader.fetchOffsets('group', null, false).offsets)).toEqual(new Set(inMemory));
        for (const [partition, offset] of history.acknowledged) {
          const found = inMemory.find((fetched) => fetched.partition === partition);
          expect(found?.offset).toBeGreaterThanOrEqual(offset);
        }
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
