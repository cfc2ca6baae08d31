/**
 * A copier: reads as a member of a group, writes what it makes of it, and commits both the records and the offsets it has
 * come to in one transaction. Some transactions it aborts at will, and then goes back to where it was.
 */
import type { TopicPartition } from '../../common/index.ts';
import type { Action } from '../../verify/index.ts';
import type { PartitionReader } from '../client/index.ts';
import { groupMember, join, type Membership } from './membership.ts';
import { pollAction, positionsByName, sendActions, type WorkloadWorld } from './workload-world.ts';
import { WorkloadTransactions } from './workload-transactions.ts';

const DELIVERY_TIMEOUT_MS = 15_000;
/** Soon enough that one that was left open ends before the last reading gives up. */
const TRANSACTION_TIMEOUT_MS = 15_000;
const HEARTBEAT_INTERVAL_MS = 1_000;
const SENDS_PER_TRANSACTION = 4;
const ABORTS_ONE_IN = 8;
const LEAVES_ONE_IN = 150;
const WRITES_BACK_ONE_IN = 4;
const DAWDLES_ONE_IN = 10;
const DAWDLES_MS = 500;

interface Copier {
  readonly world: WorkloadWorld;
  readonly process: string;
  readonly membership: Membership;
  readonly transactions: WorkloadTransactions;
}

export async function runCopier(world: WorkloadWorld, name: string): Promise<void> {
  const groupId = `${world.settings.name}-copiers`;
  await world.live(name, async (process, client) => {
    const transactions = new WorkloadTransactions(client, {
      transactionalId: `${world.settings.name}-${name}`,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    });
    await transactions.start();
    const member = groupMember(client, groupId, [world.topics.input]);
    const membership = { member, reader: world.reader(client), groupId };
    const copier = { world, process, membership, transactions };
    await join(world, process, membership);
    let heartbeatAt = world.clock.monotonicMs() + HEARTBEAT_INTERVAL_MS;
    for (let isWhole = true; isWhole && !world.isOver;) {
      await world.pace();
      isWhole = await copyOnce(copier);
      if (world.happens(LEAVES_ONE_IN)) return;
      if (world.clock.monotonicMs() < heartbeatAt) continue;
      heartbeatAt = world.clock.monotonicMs() + HEARTBEAT_INTERVAL_MS;
      if (!(await member.heartbeat())) await join(world, process, membership);
    }
    await member.leave();
  });
}

/** One transaction; false when this life cannot go on with another. */
async function copyOnce(copier: Copier): Promise<boolean> {
  const { world, process, membership, transactions } = copier;
  const { recorder } = world;
  const before = positionsOf(membership.reader);
  const actions: Action[] = [];
  recorder.begin(process, [], true);
  try {
    await readAndWrite(copier, actions);
  } catch (thrown) {
    recorder.end(process, 'fail', actions, String(thrown));
    await transactions.end(false);
    return false;
  }
  if (world.happens(ABORTS_ONE_IN)) {
    recorder.end(process, 'fail', actions, 'aborted at will');
    if ((await transactions.end(false)).kind !== 'ok') return false;
    await goBack(copier, before);
    return true;
  }
  recorder.asksToCommit(process);
  const outcome = await transactions.end(true);
  if (outcome.kind === 'ok') recorder.end(process, 'ok', actions);
  else recorder.end(process, outcome.kind, actions, String(outcome.error));
  return outcome.kind === 'ok';
}

/** Throws when the transaction can only be aborted; `actions` has what was done until then. */
async function readAndWrite({ world, membership, transactions }: Copier, actions: Action[]): Promise<void> {
  const { member, reader, groupId } = membership;
  const { input, output } = world.topics;
  const records = await reader.poll();
  if (records.length > 0) actions.push(pollAction(records));
  for (let left = 1 + world.random.below(SENDS_PER_TRANSACTION); left > 0; left--) {
    const topic = world.happens(WRITES_BACK_ONE_IN) ? input : output;
    const to = world.anyOf(world.partitionsOf(topic));
    const values = world.freshValues(1 + world.random.below(2));
    const outcome = await transactions.send(to, values);
    actions.push(...sendActions(to, values, outcome.kind === 'stored' ? outcome.baseOffset : null));
    if (outcome.kind !== 'stored') throw outcome.error;
    if (world.happens(DAWDLES_ONE_IN)) await world.timers.sleep(world.random.below(DAWDLES_MS));
  }
  if (records.length === 0) return;
  const positions = positionsOf(reader);
  actions.push({ kind: 'commit', group: groupId, offsets: positionsByName(positions) });
  await transactions.commitOffsets(member, groupId, positions);
}

async function goBack({ world, process, membership }: Copier, positions: readonly Position[]): Promise<void> {
  await world.recorded(process, async (actions) => {
    await membership.reader.assign(positions);
    actions.push({ kind: 'assign', positions: positionsByName(positions) });
  });
}

type Position = TopicPartition & { readonly offset: number };

function positionsOf(reader: PartitionReader): Position[] {
  return reader.positions.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
}
