/**
 * AlterConfigs v0-2: the settings of topics and brokers as a whole; what is not named goes back to its default
 * (KIP-133). IncrementalAlterConfigs took its place, and shares all but the settings it begins with.
 */
import { errors } from '../../protocol/index.ts';
import { AlterConfigsRequest, AlterConfigsResponse } from '../../protocol/messages/33-alter-configs.ts';
import { alterConfigs as alter, OPERATION } from '../admin/index.ts';
import { defineHandler } from '../handler.ts';
import { alteredResources } from './altered-resources.ts';

export const alterConfigs = defineHandler({
  request: AlterConfigsRequest,
  response: AlterConfigsResponse,

  async handle({ resources, validateOnly }, context, services) {
    const changes = resources.map((resource) => ({
      ...resource,
      configs: resource.configs.map((config) => ({ ...config, configOperation: OPERATION.SET })),
    }));
    const options = { incremental: false, validateOnly };
    const outcomes = await alter(changes, options, (...asked) => context.authorize(...asked), services);
    return alteredResources(resources, outcomes);
  },

  failed: ({ resources }, error) =>
    alteredResources(
      resources,
      resources.map(() => ({ error, message: errors[error].message })),
    ),
});
