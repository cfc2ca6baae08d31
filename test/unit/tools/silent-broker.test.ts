/** A broker that is paused takes connections and never answers: a client with a time-out for requests goes on elsewhere. */
import { expect, test } from '@jest/globals';
import type { Connection } from '../../../src/runtime/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { ClusterClient } from '../../../src/tools/client/index.ts';
import { startMetadataBroker } from './metadata-broker.ts';

const REQUEST_TIMEOUT_MS = 200;
const COMMAND_TIMEOUT_MS = 30_000;

test('a client asks the broker last that did not answer it', async () => {
  const { network } = createNodeRuntime();
  const accepted: Connection[] = [];
  const silent = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    accepted.push(connection);
  });
  const broker = await startMetadataBroker([null], { t: [[0]] });
  const client = new ClusterClient({
    bootstrapServers: [`127.0.0.1:${silent.port}`, broker.bootstrap],
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  try {
    const { topics } = await client.metadata(['t']);
    expect(topics.map(({ name }) => name)).toEqual(['t']);
    expect(accepted).toHaveLength(1);
  } finally {
    await client.close();
    await broker.close();
    for (const connection of accepted) connection.destroy();
    await silent.close();
  }
});
