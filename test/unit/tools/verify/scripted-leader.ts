/** A broker that leads t-0 and answers one Produce after another as it is told to, or not at all. */
import { FrameReader } from '../../../../src/network/index.ts';
import {
  decodeRequestHeader,
  encodeResponse,
  ErrorCode,
  type ErrorName,
} from '../../../../src/protocol/index.ts';
import { ProduceResponse } from '../../../../src/protocol/messages/00-produce.ts';
import { MetadataResponse } from '../../../../src/protocol/messages/03-metadata.ts';
import { ApiVersionsResponse } from '../../../../src/protocol/messages/18-api-versions.ts';
import type { Connection } from '../../../../src/runtime/index.ts';
import { createNodeRuntime } from '../../../../src/runtime/node/index.ts';

/** 'hang up': the connection is closed instead of an answer; 'silence': there is none. */
export type Answer = ErrorName | 'hang up' | 'silence';

const PRODUCE = { apiKey: 0, minVersion: 3, maxVersion: 9 } as const;
const METADATA = { apiKey: 3, minVersion: 1, maxVersion: 9 } as const;
const API_VERSIONS = { apiKey: 18, minVersion: 0, maxVersion: 3 } as const;
export const BASE_OFFSET = 42;

export interface ScriptedLeader {
  readonly bootstrap: string;
  /** How many times it was asked to store something. */
  readonly asked: () => number;
  close(): Promise<void>;
}

export async function startScriptedLeader(answers: readonly Answer[]): Promise<ScriptedLeader> {
  const { network } = createNodeRuntime();
  const connections = new Set<Connection>();
  let asked = 0;
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => {
    connections.add(connection);
    const reader = new FrameReader({ maxBytes: 1 << 20 });
    connection.onData((chunk) => {
      for (const frame of reader.push(chunk)) answer(connection, frame);
    });
  });
  const produced = (connection: Connection, apiVersion: number, correlationId: number): void => {
    const told = answers[asked++] ?? 'NONE';
    if (told === 'silence') return;
    if (told === 'hang up') return connection.destroy();
    const errorCode = ErrorCode[told];
    const partition = { index: 0, errorCode, baseOffset: errorCode === 0 ? BASE_OFFSET : -1 };
    const responses = [{ name: 't', partitionResponses: [partition] }];
    connection.write(encodeResponse(ProduceResponse, apiVersion, correlationId, { responses }));
  };
  const answer = (connection: Connection, frame: Buffer): void => {
    const { apiKey, apiVersion, correlationId } = decodeRequestHeader(frame);
    if (apiKey === PRODUCE.apiKey) return produced(connection, apiVersion, correlationId);
    const body =
      apiKey === METADATA.apiKey
        ? encodeResponse(MetadataResponse, apiVersion, correlationId, metadata(listener.port))
        : encodeResponse(ApiVersionsResponse, apiVersion, correlationId, {
            errorCode: 0,
            apiKeys: [PRODUCE, METADATA, API_VERSIONS],
          });
    connection.write(body);
  };
  return {
    bootstrap: `127.0.0.1:${listener.port}`,
    asked: () => asked,
    close: async () => {
      for (const connection of connections) connection.destroy();
      await listener.close();
    },
  };
}

function metadata(port: number) {
  const partition = {
    ...{ errorCode: 0, partitionIndex: 0, leaderId: 0 },
    replicaNodes: [0],
    isrNodes: [0],
    offlineReplicas: [],
  };
  return {
    brokers: [{ nodeId: 0, host: '127.0.0.1', port, rack: null }],
    clusterId: 'cluster',
    controllerId: 0,
    topics: [{ errorCode: 0, name: 't', isInternal: false, partitions: [partition] }],
  };
}
