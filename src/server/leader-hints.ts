/**
 * Where a client that asked the wrong broker should go: the addresses of the leaders its answer names (KIP-951:
 * Produce v10, Fetch v16), each once, on the listener the client already uses.
 */
import type { MetadataCache } from '../metadata/index.ts';

export interface NodeEndpoint {
  nodeId: number;
  host: string;
  port: number;
  rack: string | null;
}

export function leaderHints(
  metadataCache: MetadataCache,
  leaders: readonly number[],
  listenerName: string,
): NodeEndpoint[] {
  return [...new Set(leaders)].flatMap((nodeId) => {
    const endpoint = metadataCache.brokerEndpoint(nodeId, listenerName);
    return endpoint === undefined
      ? []
      : [{ nodeId, host: endpoint.host, port: endpoint.port, rack: endpoint.rack }];
  });
}
