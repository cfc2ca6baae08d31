/** Every command-line tool, in the order `klassik help` shows them. */
import { brokerApiVersionsTool } from './broker-api-versions.ts';
import { clusterTool } from './cluster.ts';
import type { Tool } from './cli/index.ts';
import { configsTool } from './configs.ts';
import { consoleConsumerTool } from './console-consumer.ts';
import { consoleProducerTool } from './console-producer.ts';
import { consumerGroupsTool } from './consumer-groups.ts';
import { deleteRecordsTool } from './delete-records.ts';
import { dumpLogTool } from './dump-log/index.ts';
import { featuresTool } from './features.ts';
import { getOffsetsTool } from './get-offsets.ts';
import { leaderElectionTool } from './leader-election.ts';
import { logDirsTool } from './log-dirs.ts';
import { reassignPartitionsTool } from './reassign-partitions/index.ts';
import { replicaVerificationTool } from './replica-verification.ts';
import { serverStartTool } from './server-start.ts';
import { serverStopTool, zookeeperServerStopTool } from './server-stop.ts';
import { topicsTool } from './topics.ts';
import { transactionsTool } from './transactions.ts';
import { zookeeperServerStartTool } from './zookeeper-server-start.ts';
import { zookeeperShellTool } from './zookeeper-shell/index.ts';

export const TOOLS: readonly Tool[] = [
  serverStartTool,
  serverStopTool,
  topicsTool,
  configsTool,
  consoleProducerTool,
  consoleConsumerTool,
  consumerGroupsTool,
  getOffsetsTool,
  logDirsTool,
  deleteRecordsTool,
  transactionsTool,
  replicaVerificationTool,
  reassignPartitionsTool,
  leaderElectionTool,
  clusterTool,
  featuresTool,
  brokerApiVersionsTool,
  dumpLogTool,
  zookeeperServerStartTool,
  zookeeperServerStopTool,
  zookeeperShellTool,
];

/** The name of Kafka's script for a tool. */
export function launcherOf(tool: Tool): string {
  return tool.launcher ?? `kafka-${tool.name}`;
}
