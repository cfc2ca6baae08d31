/**
 * When clients can know the leaders: the moment at which the metadata of each of some brokers names, for all partitions
 * of some topics, what is waited for. Topics are asked for one after the other, and again only until they are right, so
 * that the asking costs the brokers little.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { BrokerConnection, parseHostPort } from '../../../src/tools/client/index.ts';

type PartitionMetadata = MetadataResponse['topics'][number]['partitions'][number];

const POLL_MS = 10;
const PATIENCE_MS = 120_000;
const METADATA = { request: MetadataRequest, response: MetadataResponse };

const runtime = createNodeRuntime();

export interface WhatToKnow {
  readonly topics: readonly string[];
  readonly perTopic: number;
  readonly isRight: (partition: PartitionMetadata) => boolean;
}

/** Resolves with the time of the wall clock at which the last of the brokers knew. */
export async function untilTold(addresses: readonly string[], what: WhatToKnow): Promise<number> {
  return Math.max(...(await Promise.all(addresses.map((address) => untilBrokerTells(address, what)))));
}

async function untilBrokerTells(address: string, { topics, perTopic, isRight }: WhatToKnow): Promise<number> {
  const connection = await BrokerConnection.open(runtime, parseHostPort(address), 'bench', PATIENCE_MS);
  const deadline = Date.now() + PATIENCE_MS;
  try {
    const knows = async (names: readonly string[]): Promise<boolean> => {
      const answer = await connection.call(METADATA, {
        topics: names.map((name) => ({ name })),
        allowAutoTopicCreation: false,
        includeTopicAuthorizedOperations: false,
      });
      return answer.topics.every(
        ({ errorCode, partitions }) =>
          errorCode === 0 && partitions.length === perTopic && partitions.every((one) => isRight(one)),
      );
    };
    for (const topic of topics)
      while (!(await knows([topic]))) {
        if (Date.now() > deadline) throw new Error(`${address} does not tell what is waited for of ${topic}`);
        await sleep(POLL_MS);
      }
    return Date.now();
  } finally {
    connection.close();
  }
}
