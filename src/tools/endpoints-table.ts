/** What a person needs to know of a running cluster, as a table for the terminal, and what to try next. */
import { relative } from 'node:path';

import type { BrokerStatus, Cluster } from '../kit/index.ts';

export function endpointsTable(cluster: Cluster, brokers: readonly BrokerStatus[]): string {
  const addresses = cluster.bootstrap.split(',');
  const rows = [
    ...brokers.map(({ id, dataDir }, index) => [`broker ${id}`, addresses[index] ?? '', fromHere(dataDir)]),
    ['ZooKeeper', cluster.zookeeperConnect, ''],
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([name = '', address = '', data = '']) =>
    `  ${name.padEnd(widths[0] ?? 0)}  ${address.padEnd(widths[1] ?? 0)}  ${data}`.trimEnd(),
  );
  const bootstrap = cluster.bootstrap;
  return [
    '',
    'The cluster is up:',
    ...lines,
    '',
    'Try next, in another terminal:',
    `  bin/kafka-console-producer.sh --bootstrap-server ${bootstrap} --topic greetings`,
    `  bin/kafka-console-consumer.sh --bootstrap-server ${bootstrap} --topic greetings --from-beginning`,
    `  bin/kafka-topics.sh --bootstrap-server ${bootstrap} --describe --topic greetings`,
    `  bin/zookeeper-shell.sh ${cluster.zookeeperConnect} get /controller`,
    `  node -e "const { Kafka } = require('kafkajs'); new Kafka({ brokers: ['${addresses[0] ?? ''}'] }).admin().listTopics().then(console.log)"`,
    `  bin/klassik kill-broker ${brokers[0]?.id ?? 0} --dir ${fromHere(cluster.dir)}     then describe the topic again`,
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** As a person would type it: short for what lies below the folder they are in. */
function fromHere(path: string): string {
  const short = relative('', path);
  return short.startsWith('..') ? path : `./${short}`;
}
