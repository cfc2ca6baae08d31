/**
 * jest's globalSetup of the integration tests: one real ZooKeeper for the whole run. Each test lives in a chroot of
 * its own (freshZooKeeper in zookeeper.ts), so they share it without meeting. JavaScript, and tsx for what it imports,
 * because jest transforms only this file itself.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tsImport } from 'tsx/esm/api';

export default async function setUp() {
  const { startZooKeeper } = await tsImport('../../src/kit/zookeeper/index.ts', import.meta.url);
  const dir = await mkdtemp(join(tmpdir(), 'klassik-zookeeper-'));
  const zookeeper = await startZooKeeper({
    dir,
    // Sessions may be as short as the tests of expiry want them.
    config: ['minSessionTimeout=400'],
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  globalThis.sharedZooKeeper = { zookeeper, dir };
  process.env.KLASSIK_TEST_ZOOKEEPER = zookeeper.connect;
}
