/**
 * kafka-cluster: the id of a cluster. The other command of the original, `unregister`, is for KRaft: in ZooKeeper mode
 * a broker is registered for as long as its session lives, and no broker knows such a request.
 */
import { DescribeClusterRequest, DescribeClusterResponse } from '../protocol/messages/60-describe-cluster.ts';
import type { Tool } from './cli/index.ts';
import { connect, readProperties } from './connect.ts';
import { commandOf } from './sub-commands.ts';

const COMMANDS = ['cluster-id', 'unregister'] as const;

export const clusterTool: Tool = {
  name: 'cluster',
  summary: 'The Kafka cluster tool.',
  positional: 'cluster-id or unregister',
  options: [
    {
      name: 'bootstrap-server',
      argument: 'BOOTSTRAP_SERVER',
      doc: 'REQUIRED: brokers to begin with, as host:port,host:port.',
    },
    {
      name: 'config',
      argument: 'CONFIG',
      doc: 'Client settings, such as how to authenticate.',
    },
    { name: 'id', argument: 'ID', integer: true, doc: 'For unregister: the broker.' },
  ],
  async run(options, io) {
    const command = commandOf(options, COMMANDS);
    options.required('bootstrap-server');
    if (command === 'unregister') {
      options.required('id');
      io.out('The target cluster does not support the broker unregistration API.\n');
      return 0;
    }
    const config = options.value('config');
    const client = await connect(options, config === undefined ? {} : readProperties(config));
    try {
      const api = { request: DescribeClusterRequest, response: DescribeClusterResponse };
      const { clusterId } = await client.toAny(api, { includeClusterAuthorizedOperations: false });
      io.out(`Cluster ID: ${clusterId}\n`);
      return 0;
    } finally {
      await client.close();
    }
  },
};
