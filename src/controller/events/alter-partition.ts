/**
 * AlterPartition: leaders change their ISRs (contract 3.9). The rules per partition are in decide/alter-partition.ts;
 * here the request is taken apart, what passed is written, and every broker's metadata follows. Followers get no
 * LeaderAndIsr: the leader epoch has not moved.
 */
import { PartitionMap, ZERO_UUID, type TopicPartition } from '../../common/index.ts';
import { ErrorCode, type ErrorName } from '../../protocol/index.ts';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
} from '../../protocol/messages/56-alter-partition.ts';
import { LeaderRecoveryState, type LeaderAndIsr } from '../../zookeeper/index.ts';
import type { ControllerContext } from '../controller-context.ts';
import type { ControllerParts } from '../controller-parts.ts';
import { sendUpdateMetadata } from '../controller-services.ts';
import { decideAlterPartition } from '../decide/alter-partition.ts';
import type { Turn } from '../turn.ts';

const FIRST_VERSION_WITH_TOPIC_IDS = 2;
const FIRST_VERSION_WITH_BROKER_EPOCHS = 3;

type Outcome =
  | { readonly kind: 'refused'; readonly error: ErrorName }
  | { readonly kind: 'state'; readonly state: LeaderAndIsr };

type TopicResponse = AlterPartitionResponse['topics'][number];
type PartitionResponse = TopicResponse['partitions'][number];

export async function processAlterPartition(
  parts: ControllerParts,
  turn: Turn,
  request: AlterPartitionRequest,
  version: number,
): Promise<AlterPartitionResponse> {
  const { context, logger } = parts;
  if (context.brokerEpochs().get(request.brokerId) !== request.brokerEpoch) {
    logger.info(
      `Ignoring AlterPartition of broker ${request.brokerId} with unknown epoch ${request.brokerEpoch}`,
    );
    return alterPartitionRefused('STALE_BROKER_EPOCH');
  }
  const useTopicIds = version >= FIRST_VERSION_WITH_TOPIC_IDS;
  const { proposals, unknown } = takeApart(parts, request, version, useTopicIds);
  const outcomes = await alter(parts, turn, proposals, version);
  sendUpdateMetadata(
    parts,
    context.liveOrShuttingDownBrokerIds(),
    [...proposals].map(([of]) => of),
  );
  const known = [...outcomes.topics()].map((topic): TopicResponse => ({
    topicName: useTopicIds ? '' : topic,
    topicId: useTopicIds ? (context.topicId(topic) ?? ZERO_UUID) : ZERO_UUID,
    partitions: [...outcomes.partitionsOf(topic)].map(([partition, outcome]) =>
      partitionResponse(partition, outcome),
    ),
  }));
  return { throttleTimeMs: 0, errorCode: 0, topics: [...unknown, ...known] };
}

/** The partitions of a response that have the ISR that was asked for. */
export function alteredPartitions(
  context: Pick<ControllerContext, 'topicName'>,
  { topics }: AlterPartitionResponse,
): TopicPartition[] {
  return topics.flatMap(({ topicName, topicId, partitions }) => {
    const topic = topicId === ZERO_UUID ? topicName : context.topicName(topicId);
    if (topic === undefined) return [];
    const altered = partitions.filter(({ errorCode }) => errorCode === ErrorCode.NONE);
    return altered.map(({ partitionIndex }) => ({ topic, partition: partitionIndex }));
  });
}

function takeApart(
  { context }: ControllerParts,
  request: AlterPartitionRequest,
  version: number,
  useTopicIds: boolean,
): { proposals: PartitionMap<LeaderAndIsr>; unknown: TopicResponse[] } {
  const proposals = new PartitionMap<LeaderAndIsr>();
  const unknown: TopicResponse[] = [];
  for (const { topicName, topicId, partitions } of request.topics) {
    const topic = useTopicIds ? context.topicName(topicId) : topicName;
    if (topic === undefined) {
      const refused: Outcome = { kind: 'refused', error: 'UNKNOWN_TOPIC_ID' };
      const rows = partitions.map(({ partitionIndex }) => partitionResponse(partitionIndex, refused));
      unknown.push({ topicName: '', topicId, partitions: rows });
      continue;
    }
    for (const row of partitions) {
      const isr =
        version >= FIRST_VERSION_WITH_BROKER_EPOCHS
          ? row.newIsrWithEpochs.map(({ brokerId }) => brokerId)
          : row.newIsr;
      proposals.set(topic, row.partitionIndex, {
        leader: request.brokerId,
        leaderEpoch: row.leaderEpoch,
        isr,
        leaderRecoveryState:
          row.leaderRecoveryState === LeaderRecoveryState.RECOVERING
            ? LeaderRecoveryState.RECOVERING
            : LeaderRecoveryState.RECOVERED,
        partitionEpoch: row.partitionEpoch,
      });
    }
  }
  return { proposals, unknown };
}

async function alter(
  { context, store, logger }: ControllerParts,
  turn: Turn,
  proposals: PartitionMap<LeaderAndIsr>,
  version: number,
): Promise<PartitionMap<Outcome>> {
  const outcomes = new PartitionMap<Outcome>();
  const writes = new PartitionMap<LeaderAndIsr>();
  for (const [of, proposed] of proposals) {
    const { topic, partition } = of;
    const isLive = (id: number): boolean => context.isLiveBroker(id);
    const decision = decideAlterPartition(context.leadership(of), proposed, version, isLive);
    if (decision.kind === 'write') writes.set(topic, partition, decision.state);
    else if (decision.kind === 'echo')
      outcomes.set(topic, partition, { kind: 'state', state: decision.state });
    else outcomes.set(topic, partition, { kind: 'refused', error: decision.error });
  }
  if (writes.size === 0) return outcomes;
  const updates = await store.updatePartitionStates(writes, context.epoch, context.epochZkVersion);
  for (const [of, update] of updates) {
    if (update.kind === 'updated') {
      context.setLeadership(turn, of, update.state);
      outcomes.set(of.topic, of.partition, { kind: 'state', state: update.state });
      continue;
    }
    logger.info(`Failed to update the ISR of partition ${of.topic}-${of.partition}: ${update.kind}`);
    const error = update.kind === 'bad-version' ? 'INVALID_UPDATE_VERSION' : 'UNKNOWN_SERVER_ERROR';
    outcomes.set(of.topic, of.partition, { kind: 'refused', error });
  }
  return outcomes;
}

function partitionResponse(partitionIndex: number, outcome: Outcome): PartitionResponse {
  if (outcome.kind === 'refused')
    return {
      partitionIndex,
      errorCode: ErrorCode[outcome.error],
      leaderId: 0,
      leaderEpoch: 0,
      isr: [],
      leaderRecoveryState: LeaderRecoveryState.RECOVERED,
      partitionEpoch: 0,
    };
  const { leader, leaderEpoch, isr, leaderRecoveryState, partitionEpoch } = outcome.state;
  const errorCode = ErrorCode.NONE;
  return {
    partitionIndex,
    errorCode,
    leaderId: leader,
    leaderEpoch,
    isr: [...isr],
    leaderRecoveryState,
    partitionEpoch,
  };
}

/** The whole request is refused. */
export function alterPartitionRefused(error: ErrorName): AlterPartitionResponse {
  return { throttleTimeMs: 0, errorCode: ErrorCode[error], topics: [] };
}
