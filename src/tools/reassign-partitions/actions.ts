/**
 * The five actions of kafka-reassign-partitions: propose a plan, carry one out, look how far it is, call it off, list
 * what is under way. What they print is what scripts around Kafka read.
 */
import { PartitionMap, topicPartitionName, type TopicPartition } from '../../common/index.ts';
import { assignReplicas } from '../../metadata/index.ts';
import { createNodeRuntime } from '../../runtime/node/index.ts';
import { messageOf } from '../cli/index.ts';
import {
  alterReassignments,
  currentReassignments,
  type ClusterClient,
  type Reassignments,
} from '../client/index.ts';
import { brokersWithRacks, replicasOfPartitions, replicasOfTopics } from './assignments.ts';
import { isMoving, placesOf, placeText, startMoves } from './log-dir-moves.ts';
import {
  inOrder,
  parseBrokerList,
  parseExecutablePlan,
  parsePlan,
  parseTopicsToMove,
  planText,
  replicasInOrder,
  type Target,
} from './plan.ts';
import { clearThrottles, proposedMoves, throttleLogDirs, throttleReplication } from './throttles.ts';

/** Printed as it is, where other failures are printed as an error. */
export class TerseError extends Error {
  override readonly name = 'TerseError';
}

export type Out = (line: string, end?: string) => void;

export async function generate(
  client: ClusterClient,
  out: Out,
  { file, brokerList, rackAware }: { file: string; brokerList: string; rackAware: boolean },
): Promise<void> {
  const brokerIds = parseBrokerList(brokerList);
  const current = await replicasOfTopics(client, parseTopicsToMove(file));
  const brokers = await brokersWithRacks(client, brokerIds, rackAware);
  const { random } = createNodeRuntime();
  const dice = (): number => random.below(Math.max(1, brokers.length));
  const proposed = new PartitionMap<readonly number[]>();
  for (const topic of current.topics()) {
    const partitions = current.partitionsOf(topic);
    const replicationFactor = [...partitions.values()][0]?.length ?? 0;
    const start = { startIndex: dice(), shift: dice(), firstPartition: 0 };
    const assigned = plainly(() => assignReplicas(brokers, partitions.size, replicationFactor, start));
    for (const [partition, replicas] of assigned) proposed.set(topic, partition, replicas);
  }
  out(`Current partition replica assignment\n${planText(current)}\n`);
  out(`Proposed partition reassignment configuration\n${planText(proposed)}`);
}

/** Decided here and not by a broker: told without the class of an exception. */
function plainly<T>(decide: () => T): T {
  try {
    return decide();
  } catch (cause) {
    throw new Error(messageOf(cause), { cause });
  }
}

/** The original ends no line there, and scripts may know it. */
const NO_LINE_END = '';

export interface ExecuteOptions {
  readonly file: string;
  readonly additional: boolean;
  /** Bytes a second; undefined: no throttle. */
  readonly throttle: string | undefined;
  readonly logDirThrottle: string | undefined;
  readonly timeoutMs: number;
}

export async function execute(client: ClusterClient, out: Out, options: ExecuteOptions): Promise<void> {
  const { targets, logDirs } = parseExecutablePlan(options.file);
  const current = await currentReassignments(client, null);
  if (!options.additional && current.length > 0)
    throw new TerseError(
      'Cannot execute because there is an existing partition assignment.  Use --additional to override this and ' +
        'create a new partition assignment in addition to the existing one. The --additional flag can also be used ' +
        'to change the throttle by resubmitting the current reassignment.',
    );
  await checkBrokers(client, targets);
  const replicasNow = await replicasOfPartitions(client, targets);
  out(
    `Current partition replica assignment\n\n${planText(replicasNow)}\n\n` +
      'Save this to use as the --reassignment-json-file option during rollback',
  );
  await throttle(client, out, options, proposedMoves(current, targets, replicasNow), logDirs);
  const wanted = new PartitionMap<readonly number[]>();
  for (const { topic, partition, replicas } of targets) wanted.set(topic, partition, replicas);
  const refused = [...(await alterReassignments(client, wanted))];
  if (refused.length > 0) throw new TerseError(`Error reassigning partition(s):\n${refusals(refused)}`);
  out(
    `Successfully started partition reassignment${plural(targets)} for ` +
      inOrder(targets).map(topicPartitionName).join(),
  );
  if (logDirs.length > 0) await moveLogDirs(client, out, logDirs, options.timeoutMs);
}

async function throttle(
  client: ClusterClient,
  out: Out,
  { throttle: rate, logDirThrottle }: ExecuteOptions,
  moves: ReturnType<typeof proposedMoves>,
  logDirs: readonly { readonly brokerId: number }[],
): Promise<void> {
  if (rate === undefined && logDirThrottle === undefined) return;
  out(
    'Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.',
  );
  if (rate !== undefined) {
    await throttleReplication(client, moves, rate);
    out(`The inter-broker throttle limit was set to ${rate} B/s`);
  }
  if (logDirThrottle === undefined) return;
  await throttleLogDirs(
    client,
    logDirs.map(({ brokerId }) => brokerId),
    logDirThrottle,
  );
  out(`The replica-alter-dir throttle limit was set to ${logDirThrottle} B/s`);
}

async function moveLogDirs(
  client: ClusterClient,
  out: Out,
  moves: Parameters<typeof startMoves>[1],
  timeoutMs: number,
): Promise<void> {
  const late = await startMoves(client, moves, timeoutMs, out);
  if (late.length === 0) return;
  const names = late.map(({ topic, partition, brokerId }) => `${topic}-${partition}-${brokerId}`);
  throw new TerseError(
    `Timed out before log directory move${plural(late)} could be started for: ${names.join()}`,
  );
}

async function checkBrokers(client: ClusterClient, targets: readonly Target[]): Promise<void> {
  const known = (await client.nodes()).map(({ id }) => id);
  const unknown = targets
    .flatMap(({ replicas }) => replicas)
    .sort((left, right) => left - right)
    .find((id) => !known.includes(id));
  if (unknown !== undefined) throw new Error(`Unknown broker id ${unknown}`);
}

export async function verify(
  client: ClusterClient,
  out: Out,
  { file, preserveThrottles }: { file: string; preserveThrottles: boolean },
): Promise<void> {
  const { targets, logDirs } = parsePlan(file);
  const current = await currentReassignments(client, null);
  const lines: string[] = [];
  for (const target of inOrder(lastOfEach(targets))) lines.push(await stateText(client, current, target));
  out(['Status of partition reassignment:', ...lines].join('\n'));
  const places = await placesOf(client, replicasInOrder(logDirs));
  out(places.map(placeText).join('\n'));
  const moving = current.length > 0 || places.some(isMoving);
  if (!moving && !preserveThrottles) await clearThrottles(client, targets, out);
}

async function stateText(client: ClusterClient, current: Reassignments, target: Target): Promise<string> {
  const name = topicPartitionName(target);
  const isMovingNow = current.some(
    (row) =>
      row.name === target.topic &&
      row.partitions.some(({ partitionIndex }) => partitionIndex === target.partition),
  );
  if (isMovingNow) return `Reassignment of partition ${name} is still in progress.`;
  const replicas = (await replicasNow(client, target)).join();
  return replicas === target.replicas.join()
    ? `Reassignment of partition ${name} is completed.`
    : `There is no active reassignment of partition ${name}, but replica set is ${replicas} rather than ` +
        `${target.replicas.join()}.`;
}

/** None of a topic that does not exist. */
async function replicasNow(
  client: ClusterClient,
  { topic, partition }: TopicPartition,
): Promise<readonly number[]> {
  const { topics } = await client.metadata([topic]);
  const partitions = topics.flatMap((row) => row.partitions);
  return partitions.find(({ partitionIndex }) => partitionIndex === partition)?.replicaNodes ?? [];
}

export async function cancel(
  client: ClusterClient,
  out: Out,
  { file, preserveThrottles, timeoutMs }: { file: string; preserveThrottles: boolean; timeoutMs: number },
): Promise<void> {
  const { targets, logDirs } = parsePlan(file);
  const active = await activeAmong(client, targets);
  if (active.length === 0) out('None of the specified partition reassignments are active.');
  else {
    const calledOff = new PartitionMap<null>();
    for (const { topic, partition } of active) calledOff.set(topic, partition, null);
    const refused = [...(await alterReassignments(client, calledOff))];
    if (refused.length > 0)
      throw new TerseError(
        `Error cancelling partition reassignment${plural(refused)} for:\n${refusals(refused)}`,
      );
    out(
      `Successfully cancelled partition reassignment${plural(active)} for: ` +
        active.map(topicPartitionName).join(),
    );
  }
  const moving = (await placesOf(client, logDirs)).filter(isMoving);
  // Back to the dir it lies in: that is how a move between dirs is called off.
  const back = moving.map(({ move, current }) => ({ ...move, logDir: current ?? move.logDir }));
  if (back.length === 0) out('None of the specified partition moves are active.', NO_LINE_END);
  else await moveLogDirs(client, out, back, timeoutMs);
  if (!preserveThrottles) await clearThrottles(client, targets, out);
}

/** What of these is under way. A move that only adds replicas is overlooked by the original, and so it is here. */
async function activeAmong(client: ClusterClient, targets: readonly Target[]): Promise<TopicPartition[]> {
  const asked = lastOfEach(targets).map(({ topic, partition }) => ({
    name: topic,
    partitionIndexes: [partition],
  }));
  const current = asked.length === 0 ? [] : await currentReassignments(client, asked);
  return inOrder(
    current.flatMap(({ name, partitions }) =>
      partitions
        .filter((row) => row.addingReplicas.length === 0 || row.removingReplicas.length > 0)
        .map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
    ),
  );
}

export async function list(client: ClusterClient, out: Out): Promise<void> {
  const current = await currentReassignments(client, null);
  const rows = inOrder(
    current.flatMap(({ name, partitions }) =>
      partitions.map((row) => ({ ...row, topic: name, partition: row.partitionIndex })),
    ),
  );
  if (rows.length === 0) {
    out('No partition reassignments found.');
    return;
  }
  const lines = rows.map((row) => {
    const adding = row.addingReplicas.length === 0 ? '' : ` adding: ${row.addingReplicas.join()}.`;
    const removing = row.removingReplicas.length === 0 ? '' : ` removing: ${row.removingReplicas.join()}.`;
    return `${topicPartitionName(row)}: replicas: ${row.replicas.join()}.${adding}${removing}`;
  });
  out(`Current partition reassignments:\n${lines.join('\n')}`);
}

function refusals(refused: readonly (readonly [TopicPartition, { readonly message: string }])[]): string {
  return inOrder(refused.map(([of, { message }]) => ({ ...of, message })))
    .map((row) => `${topicPartitionName(row)}: ${row.message}`)
    .join('\n');
}

/** Of a partition that is named twice the last counts. */
function lastOfEach(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [topicPartitionName(target), target])).values()];
}

function plural(things: readonly unknown[]): string {
  return things.length === 1 ? '' : 's';
}
