/** jest's globalTeardown of the integration tests: ends the shared ZooKeeper and removes its data. */
import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const { zookeeper, dir } = globalThis.sharedZooKeeper;
  await zookeeper.stop();
  await rm(dir, { recursive: true, force: true });
}
