/**
 * The cluster a conformance test talks to: three fresh Klassik brokers on ports the system chooses. To prove the tests
 * themselves, KLASSIK_CONFORMANCE_BOOTSTRAP=host:port,... points them at a cluster that runs already, say of the
 * original.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, type Cluster } from '../../../src/kit/index.ts';

const LAST_LINES = 60;

export interface TestCluster {
  readonly bootstrap: string;
  stop(): Promise<void>;
}

/** `overrides` are the properties the brokers need for the test; a cluster that runs already should have them too. */
export async function startTestCluster({
  brokers = 3,
  overrides = {},
}: {
  readonly brokers?: number;
  readonly overrides?: Readonly<Record<string, string>>;
} = {}): Promise<TestCluster> {
  const given = process.env['KLASSIK_CONFORMANCE_BOOTSTRAP'];
  if (given !== undefined) return { bootstrap: given, stop: () => Promise.resolve() };
  const dir = await conformanceFolder();
  const cluster = await startCluster({
    dir,
    brokers,
    overrides,
    port: 0,
    zookeeperPort: 0,
    host: '127.0.0.1',
  });
  return {
    bootstrap: cluster.bootstrap,
    stop: async () => {
      const deaths = await deathsIn(cluster);
      await cluster.stop();
      await removeFolder(dir);
      if (deaths.length > 0) throw new Error(deaths.join('\n'));
    },
  };
}

/** A broker that died unasked is a fault even where its clients came through: the end of its log says of what. */
async function deathsIn(cluster: Cluster): Promise<string[]> {
  const dead = (await cluster.status()).filter(({ pid }) => pid === undefined);
  return Promise.all(
    dead.map(async ({ id, logFile }) => {
      const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
      return `broker ${id} died:\n${lines.slice(-LAST_LINES).join('\n')}`;
    }),
  );
}

export function conformanceFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'klassik-conformance-'));
}

/** With KLASSIK_KEEP set, logs and data stay for whoever looks into a failure. */
export async function removeFolder(dir: string): Promise<void> {
  if (process.env['KLASSIK_KEEP'] === undefined) await rm(dir, { recursive: true, force: true });
}
