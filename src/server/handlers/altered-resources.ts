/** The answer AlterConfigs and IncrementalAlterConfigs have in common. */
import { ErrorCode, type MessageInput } from '../../protocol/index.ts';
import type { AlterConfigsResponse } from '../../protocol/messages/33-alter-configs.ts';
import type { TopicOutcome } from '../admin/index.ts';
import { refused } from './controller-only.ts';

interface NamedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** `outcomes`: of each resource, in the same order. */
export function alteredResources(
  resources: readonly NamedResource[],
  outcomes: readonly TopicOutcome[],
): MessageInput<typeof AlterConfigsResponse> {
  return {
    throttleTimeMs: 0,
    responses: resources.map(({ resourceType, resourceName }, index) => {
      const { error, message } = outcomes[index] ?? refused('UNKNOWN_SERVER_ERROR');
      return { errorCode: ErrorCode[error], errorMessage: message, resourceType, resourceName };
    }),
  };
}
