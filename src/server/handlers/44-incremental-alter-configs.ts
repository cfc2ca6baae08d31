/**
 * IncrementalAlterConfigs v0-1: single settings of topics and brokers are set, deleted, appended to or subtracted
 * from (KIP-339).
 */
import { errors } from '../../protocol/index.ts';
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/44-incremental-alter-configs.ts';
import { alterConfigs as alter } from '../admin/index.ts';
import { defineHandler } from '../handler.ts';
import { alteredResources } from './altered-resources.ts';

export const incrementalAlterConfigs = defineHandler({
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,

  async handle({ resources, validateOnly }, context, services) {
    const options = { incremental: true, validateOnly };
    const outcomes = await alter(resources, options, (...asked) => context.authorize(...asked), services);
    return alteredResources(resources, outcomes);
  },

  failed: ({ resources }, error) =>
    alteredResources(
      resources,
      resources.map(() => ({ error, message: errors[error].message })),
    ),
});
