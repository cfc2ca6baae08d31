/** kafka-broker-api-versions: what each broker offers, and which version this client would use. */
import { apiByKey, highestCommonVersion } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG } from './cli/index.ts';
import type { Tool } from './cli/index.ts';
import type { BrokerConnection, Node } from './client/index.ts';
import { connect } from './connect.ts';

export const brokerApiVersionsTool: Tool = {
  name: 'broker-api-versions',
  summary: 'Shows the requests and versions each broker offers.',
  options: [BOOTSTRAP, COMMAND_CONFIG],
  async run(options, io) {
    const client = await connect(options);
    try {
      for (const node of await client.nodes()) {
        const broker = await client.broker(node.id);
        if (io.format === 'json') io.out(`${JSON.stringify(asJson(node, broker))}\n`);
        else io.out(`${textOf(node, broker)}\n`);
      }
      return 0;
    } finally {
      await client.close();
    }
  },
};

/** Requests of Kafka 3.9 that no ZooKeeper-mode broker serves; the original names them all the same. */
const ELSEWHERE: readonly (readonly [key: number, name: string])[] = [
  [55, 'DescribeQuorum'],
  [64, 'UnregisterBroker'],
  [71, 'GetTelemetrySubscriptions'],
  [72, 'PushTelemetry'],
  [74, 'ListClientMetricsResources'],
  [75, 'DescribeTopicPartitions'],
  [76, 'ShareGroupHeartbeat'],
  [77, 'ShareGroupDescribe'],
  [78, 'ShareFetch'],
  [79, 'ShareAcknowledge'],
  [80, 'AddRaftVoter'],
  [81, 'RemoveRaftVoter'],
  [83, 'InitializeShareGroupState'],
  [84, 'ReadShareGroupState'],
  [85, 'WriteShareGroupState'],
  [86, 'DeleteShareGroupState'],
  [87, 'ReadShareGroupStateSummary'],
];

function textOf(node: Node, broker: BrokerConnection): string {
  const offered = broker.offers.map((offer) => {
    const { apiKey, minVersion, maxVersion } = offer;
    const usable = highestCommonVersion(offer);
    const name = apiByKey(apiKey)?.name ?? nameElsewhere(apiKey);
    const range = minVersion === maxVersion ? `${minVersion}` : `${minVersion} to ${maxVersion}`;
    return { apiKey, text: `${name}(${apiKey}): ${range} [usable: ${usable ?? 'NONE'}]` };
  });
  const missing = ELSEWHERE.filter(([key]) => !offered.some(({ apiKey }) => apiKey === key)).map(
    ([apiKey, name]) => ({
      apiKey,
      text: `${name}(${apiKey}): UNSUPPORTED`,
    }),
  );
  const lines = [...offered, ...missing]
    .toSorted((left, right) => left.apiKey - right.apiKey)
    .map(({ text }) => `\t${text}`);
  return `${node.host}:${node.port} (id: ${node.id} rack: ${node.rack ?? 'null'}) -> (\n${lines.join(',\n')}\n)`;
}

function nameElsewhere(apiKey: number): string {
  return ELSEWHERE.find(([key]) => key === apiKey)?.[1] ?? 'UNKNOWN';
}

function asJson(node: Node, broker: BrokerConnection): unknown {
  const apis = broker.offers.map(({ apiKey, minVersion, maxVersion }) => ({
    apiKey,
    name: apiByKey(apiKey)?.name ?? nameElsewhere(apiKey),
    minVersion,
    maxVersion,
  }));
  return { apiVersion: 'klassik/v1', broker: node, apis };
}
