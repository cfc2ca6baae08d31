/** An empty piece of the real ZooKeeper that the integration tests share, as the place where sentences are played. */
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import type { ZooKeeperPlace } from '../../support/zookeeper-contract/index.ts';
import { freshZooKeeper } from '../../support/zookeeper.ts';

/** The lower bound is set by test/support/zookeeper-setup.js, the upper one is twenty ticks. */
const SESSION_TIMEOUT_MS = { min: 400, max: 40_000 };

export async function realPlace(): Promise<ZooKeeperPlace> {
  const zooKeeper = await freshZooKeeper();
  const runtime = createNodeRuntime();
  return {
    servers: zooKeeper.server,
    chroot: zooKeeper.chroot,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    runtimeOf: () => runtime,
    run: (work) => work,
    close: () => zooKeeper.close(),
  };
}
