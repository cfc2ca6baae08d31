/** The requests about configs: a topic's are asked of any broker, a single broker's (and its loggers') of that broker. */
import { KafkaError } from '../../protocol/index.ts';
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from '../../protocol/messages/32-describe-configs.ts';
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../../protocol/messages/44-incremental-alter-configs.ts';
import type { Fields, StructInput, StructOf } from '../../protocol/index.ts';
import type { DescribedConfigs } from './admin.ts';
import type { Api } from './broker-connection.ts';
import { throwIf, type ClusterClient } from './cluster-client.ts';

const RESOURCE_TYPE = { topics: 2, brokers: 4, 'broker-loggers': 8 } as const;
const SET = 0;
const DELETE = 1;

/** `name` '' stands for the default of all brokers. */
export interface ConfigEntity {
  readonly type: keyof typeof RESOURCE_TYPE;
  readonly name: string;
}

export async function describeConfigs(
  client: ClusterClient,
  entity: ConfigEntity,
): Promise<DescribedConfigs> {
  const answer = await call(
    client,
    entity,
    { request: DescribeConfigsRequest, response: DescribeConfigsResponse },
    {
      resources: [
        {
          resourceType: RESOURCE_TYPE[entity.type],
          resourceName: entity.name,
          configurationKeys: null,
        },
      ],
      includeSynonyms: true,
    },
  );
  const [result] = answer.results;
  if (result === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR');
  throwIf(result.errorCode, result.errorMessage);
  return result.configs;
}

export async function alterConfigs(
  client: ClusterClient,
  entity: ConfigEntity,
  added: ReadonlyMap<string, string>,
  deleted: readonly string[],
): Promise<void> {
  const answer = await call(
    client,
    entity,
    { request: IncrementalAlterConfigsRequest, response: IncrementalAlterConfigsResponse },
    {
      resources: [
        {
          resourceType: RESOURCE_TYPE[entity.type],
          resourceName: entity.name,
          configs: [
            ...[...added].map(([name, value]) => ({ name, value, configOperation: SET })),
            ...deleted.map((name) => ({ name, value: null, configOperation: DELETE })),
          ],
        },
      ],
      validateOnly: false,
    },
  );
  for (const { errorCode, errorMessage } of answer.responses) throwIf(errorCode, errorMessage);
}

function call<Req extends Fields, Res extends Fields>(
  client: ClusterClient,
  { type, name }: ConfigEntity,
  api: Api<Req, Res>,
  value: StructInput<Req>,
): Promise<StructOf<Res>> {
  return type !== 'topics' && name !== ''
    ? client.toBroker(Number(name), api, value)
    : client.toAny(api, value);
}
