/**
 * CreateTopics v0-7: new topics, at the controller. The topics are written to ZooKeeper here and now; the controller
 * (this same broker) is told of them by its watch, like of any other (contract 2.6).
 *
 * - Each topic succeeds or fails for itself; one that is named twice fails both times.
 * - With a timeout the answer waits until the topics have leaders in this broker's metadata.
 */
import { ZERO_UUID } from '../../common/index.ts';
import { CONFIG_SOURCE_ID } from '../../config/index.ts';
import { ErrorCode, type MessageInput } from '../../protocol/index.ts';
import { CreateTopicsRequest, CreateTopicsResponse } from '../../protocol/messages/19-create-topics.ts';
import { CLUSTER } from '../../security/index.ts';
import type { CreateTopicOutcome, TopicOutcome } from '../admin/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import { namedTwice, refused } from './controller-only.ts';

type Answer = MessageInput<typeof CreateTopicsResponse>['topics'][number];

/** KRaft's own topic: it cannot exist here, and must not come to exist. */
const CLUSTER_METADATA_TOPIC = '__cluster_metadata';

export const createTopics = defineHandler({
  request: CreateTopicsRequest,
  response: CreateTopicsResponse,

  async handle({ topics, timeoutMs, validateOnly }, context, { controller, adminManager }) {
    const names = topics.map(({ name }) => name);
    const twice = namedTwice(names);
    const refusals = new Map<string, TopicOutcome>();
    for (const name of names) {
      const outcome = controller.isActive ? refusal(name, twice, context) : refused('NOT_CONTROLLER', '');
      if (outcome !== undefined) refusals.set(name, outcome);
    }
    const created = await adminManager.createTopics(
      topics.filter(({ name }) => !refusals.has(name)),
      { timeoutMs, validateOnly },
    );
    return {
      throttleTimeMs: 0,
      topics: names.map((name) => answer(name, refusals.get(name) ?? created.get(name), context)),
    };
  },

  failed: ({ topics }, error, message, context) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => answer(name, refused(error, message), context)),
  }),
});

function refusal(
  name: string,
  twice: ReadonlySet<string>,
  context: RequestContext,
): TopicOutcome | undefined {
  if (name === CLUSTER_METADATA_TOPIC)
    return refused('INVALID_REQUEST', `Creation of internal topic ${CLUSTER_METADATA_TOPIC} is prohibited.`);
  if (twice.has(name)) return refused('INVALID_REQUEST', 'Found multiple entries for this topic.');
  if (!context.authorize('CREATE', CLUSTER) && !context.authorize('CREATE', { type: 'TOPIC', name }))
    return refused('TOPIC_AUTHORIZATION_FAILED', 'Authorization failed.');
  return undefined;
}

function answer(
  name: string,
  outcome: TopicOutcome | CreateTopicOutcome | undefined,
  context: RequestContext,
): Answer {
  const { error, message } = outcome ?? refused('UNKNOWN_SERVER_ERROR');
  const created = outcome !== undefined && 'topicId' in outcome ? outcome : undefined;
  const mayDescribe = context.authorize('DESCRIBE_CONFIGS', { type: 'TOPIC', name });
  const shown = mayDescribe ? created : undefined;
  return {
    name,
    topicId: created?.topicId ?? ZERO_UUID,
    errorCode: ErrorCode[error],
    errorMessage: message,
    topicConfigErrorCode: mayDescribe ? 0 : ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    numPartitions: shown?.numPartitions ?? -1,
    replicationFactor: shown?.replicationFactor ?? -1,
    configs: (shown?.configs ?? []).map((entry) => ({
      name: entry.name,
      value: entry.value,
      readOnly: entry.readOnly,
      configSource: CONFIG_SOURCE_ID[entry.source],
      isSensitive: entry.sensitive,
    })),
  };
}
