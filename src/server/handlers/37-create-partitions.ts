/**
 * CreatePartitions v0-3: more partitions for topics, at the controller (KIP-195). Existing records stay where they
 * are, so keys may map to other partitions from then on.
 */
import { ErrorCode, type MessageInput } from '../../protocol/index.ts';
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from '../../protocol/messages/37-create-partitions.ts';
import type { TopicOutcome } from '../admin/index.ts';
import { defineHandler, type RequestContext } from '../handler.ts';
import type { Services } from '../services.ts';
import { NOT_CONTROLLER, namedTwice, refused } from './controller-only.ts';

type Answer = MessageInput<typeof CreatePartitionsResponse>['results'][number];

export const createPartitions = defineHandler({
  request: CreatePartitionsRequest,
  response: CreatePartitionsResponse,

  async handle({ topics, timeoutMs, validateOnly }, context, services) {
    const twice = namedTwice(topics.map(({ name }) => name));
    const refusals = new Map<string, TopicOutcome>();
    for (const { name } of topics) {
      const outcome = services.controller.isActive ? refusal(name, twice, context, services) : NOT_CONTROLLER;
      if (outcome !== undefined) refusals.set(name, outcome);
    }
    const changed = await services.adminManager.createPartitions(
      topics.filter(({ name }) => !refusals.has(name)),
      { timeoutMs, validateOnly },
    );
    return {
      throttleTimeMs: 0,
      results: [...new Set(topics.map(({ name }) => name))].map((name) =>
        answer(name, refusals.get(name) ?? changed.get(name) ?? refused('UNKNOWN_SERVER_ERROR')),
      ),
    };
  },

  failed: ({ topics }, error, message) => ({
    throttleTimeMs: 0,
    results: topics.map(({ name }) => answer(name, refused(error, message))),
  }),
});

function refusal(
  name: string,
  twice: ReadonlySet<string>,
  context: RequestContext,
  { controller }: Services,
): TopicOutcome | undefined {
  if (twice.has(name)) return refused('INVALID_REQUEST', 'Duplicate topic in request.');
  if (!context.authorize('ALTER', { type: 'TOPIC', name }))
    return refused('TOPIC_AUTHORIZATION_FAILED', 'The topic authorization is failed.');
  if (controller.isTopicQueuedForDeletion(name))
    return refused('INVALID_TOPIC_EXCEPTION', 'The topic is queued for deletion.');
  return undefined;
}

function answer(name: string, { error, message }: TopicOutcome): Answer {
  return { name, errorCode: ErrorCode[error], errorMessage: message };
}
