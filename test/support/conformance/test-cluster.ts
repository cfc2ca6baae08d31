/**
 * The cluster a conformance test talks to: three fresh Klassik brokers on ports the system chooses. To prove the tests
 * themselves, KLASSIK_CONFORMANCE_BOOTSTRAP=host:port,... points them at a cluster that runs already, say of the
 * original.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../../src/kit/index.ts';

export interface TestCluster {
  readonly bootstrap: string;
  stop(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const given = process.env['KLASSIK_CONFORMANCE_BOOTSTRAP'];
  if (given !== undefined) return { bootstrap: given, stop: () => Promise.resolve() };
  const dir = await conformanceFolder();
  const cluster = await startCluster({ dir, brokers: 3, port: 0, zookeeperPort: 0, host: '127.0.0.1' });
  return {
    bootstrap: cluster.bootstrap,
    stop: async () => {
      await cluster.stop();
      await removeFolder(dir);
    },
  };
}

export function conformanceFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'klassik-conformance-'));
}

/** With KLASSIK_KEEP set, logs and data stay for whoever looks into a failure. */
export async function removeFolder(dir: string): Promise<void> {
  if (process.env['KLASSIK_KEEP'] === undefined) await rm(dir, { recursive: true, force: true });
}
