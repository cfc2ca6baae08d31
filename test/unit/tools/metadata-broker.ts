/** A broker that is only what a tool asks for its plans: it tells which brokers there are, their racks, and topics. */
import { FrameReader } from '../../../src/network/index.ts';
import { decodeMessage, decodeRequestHeader, encodeResponse } from '../../../src/protocol/index.ts';
import { MetadataRequest, MetadataResponse } from '../../../src/protocol/messages/03-metadata.ts';
import { ApiVersionsResponse } from '../../../src/protocol/messages/18-api-versions.ts';
import type { Connection } from '../../../src/runtime/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const METADATA = { apiKey: 3, minVersion: 1, maxVersion: 9 } as const;
const API_VERSIONS = { apiKey: 18, minVersion: 0, maxVersion: 3 } as const;

export interface MetadataBroker {
  readonly bootstrap: string;
  close(): Promise<void>;
}

export async function startMetadataBroker(
  racks: readonly (string | null)[],
  layouts: Readonly<Record<string, readonly (readonly number[])[]>>,
): Promise<MetadataBroker> {
  const { network } = createNodeRuntime();
  const connections = new Set<Connection>();
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connections.add(connection);
    const reader = new FrameReader({ maxBytes: 1 << 20 });
    connection.onData((chunk) => {
      for (const frame of reader.push(chunk)) connection.write(answer(frame));
    });
  });
  const answer = (frame: Buffer): Buffer[] => {
    const { apiKey, apiVersion, correlationId, bodyPosition } = decodeRequestHeader(frame);
    if (apiKey !== METADATA.apiKey)
      return encodeResponse(ApiVersionsResponse, apiVersion, correlationId, {
        errorCode: 0,
        apiKeys: [METADATA, API_VERSIONS],
      });
    const { topics } = decodeMessage(MetadataRequest, apiVersion, frame, bodyPosition);
    return encodeResponse(MetadataResponse, apiVersion, correlationId, {
      brokers: racks.map((rack, nodeId) => ({ nodeId, host: '127.0.0.1', port: listener.port, rack })),
      clusterId: 'cluster',
      controllerId: 0,
      topics: (topics ?? []).map(({ name }) => ({
        errorCode: 0,
        name,
        isInternal: false,
        partitions: (layouts[name ?? ''] ?? []).map((replicas, partitionIndex) => ({
          ...{ errorCode: 0, partitionIndex, leaderId: replicas[0] ?? -1 },
          replicaNodes: [...replicas],
          isrNodes: [...replicas],
          offlineReplicas: [],
        })),
      })),
    });
  };
  return {
    bootstrap: `127.0.0.1:${listener.port}`,
    close: async () => {
      for (const connection of connections) connection.destroy();
      await listener.close();
    },
  };
}
