/**
 * DeleteTopics v0-6: topics marked for deletion, at the controller, which then removes replicas and znodes in its own
 * time. v6 names topics by name or by id; a topic the caller may not even describe counts as unknown.
 */
import { ZERO_UUID } from '../../common/index.ts';
import { ErrorCode, KafkaError, type MessageInput } from '../../protocol/index.ts';
import { DeleteTopicsRequest, DeleteTopicsResponse } from '../../protocol/messages/20-delete-topics.ts';
import type { TopicOutcome } from '../admin/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { NOT_CONTROLLER, refused } from './controller-only.ts';

type Answer = MessageInput<typeof DeleteTopicsResponse>['responses'][number];

const TOPIC_DELETION_DISABLED_SINCE_VERSION = 3;

interface Named {
  readonly name: string | null;
  readonly topicId: string;
}

export const deleteTopics = defineHandler({
  request: DeleteTopicsRequest,
  response: DeleteTopicsResponse,

  async handle(request, context, services) {
    const asked = namesOf(request);
    const general = generalRefusal(context, services);
    if (general !== undefined)
      return { throttleTimeMs: 0, responses: asked.map((topic) => answer(topic, general)) };
    if (request.topics.some(({ name, topicId }) => name !== null && topicId !== ZERO_UUID))
      throw new KafkaError('INVALID_REQUEST', 'Topic name and topic ID can not both be specified.');
    const resolved = asked.map((topic) => ({
      ...topic,
      name: topic.name ?? services.controller.topicName(topic.topicId) ?? null,
    }));
    const refusals = resolved.map((topic) => refusal(topic, context, services));
    const deletable = resolved.flatMap(({ name }, index) =>
      refusals[index] === undefined && name !== null ? [name] : [],
    );
    const deleted = await services.adminManager.deleteTopics(deletable, request.timeoutMs);
    return {
      throttleTimeMs: 0,
      responses: resolved.map((topic, index) =>
        answer(topic, refusals[index] ?? deleted.get(topic.name ?? '') ?? refused('UNKNOWN_SERVER_ERROR')),
      ),
    };
  },

  failed: (request, error) => ({
    throttleTimeMs: 0,
    responses: namesOf(request).map((topic) => answer(topic, refused(error))),
  }),
});

function namesOf(request: DeleteTopicsRequest): Named[] {
  return request.topics.length > 0
    ? request.topics
    : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
}

function generalRefusal({ apiVersion }: RequestContext, services: Services): TopicOutcome | undefined {
  if (!services.controller.isActive) return NOT_CONTROLLER;
  if (services.config.get('delete.topic.enable')) return undefined;
  return refused(
    apiVersion < TOPIC_DELETION_DISABLED_SINCE_VERSION ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED',
  );
}

function refusal(
  { name, topicId }: Named,
  context: RequestContext,
  { metadataCache }: Services,
): TopicOutcome | undefined {
  const byId = topicId !== ZERO_UUID;
  // What names no topic at all is, to the original, a topic that nobody may delete.
  if (name === null) return refused(byId ? 'UNKNOWN_TOPIC_ID' : 'TOPIC_AUTHORIZATION_FAILED');
  if (!context.authorize('DESCRIBE', { type: 'TOPIC', name }))
    return refused(byId ? 'TOPIC_AUTHORIZATION_FAILED' : 'UNKNOWN_TOPIC_OR_PARTITION');
  if (!context.authorize('DELETE', { type: 'TOPIC', name })) return refused('TOPIC_AUTHORIZATION_FAILED');
  if (!metadataCache.contains(name)) return refused('UNKNOWN_TOPIC_OR_PARTITION');
  return undefined;
}

function answer({ name, topicId }: Named, { error, message }: TopicOutcome): Answer {
  return { name, topicId, errorCode: ErrorCode[error], errorMessage: message };
}
