/**
 * A fresh, empty piece of a real ZooKeeper for a test: a chroot of its own in the one server that the integration
 * tests share. Closing removes it with everything in it.
 */
import { randomUUID } from 'node:crypto';
import { connectKafkaZkClient, openZooKeeperSession } from '../../src/zookeeper/index.ts';
import { createNodeRuntime } from '../../src/runtime/node/index.ts';
import type {
  KafkaZkClient,
  KafkaZkConnectOptions,
  SessionOptions,
  ZooKeeperSession,
} from '../../src/zookeeper/index.ts';

export interface FreshZooKeeper {
  /** For zookeeper.connect, the chroot included. */
  readonly connect: string;
  /** `127.0.0.1:port` without the chroot. */
  readonly server: string;
  readonly chroot: string;
  /** A session inside the chroot, with whatever is to be different. */
  openSession(options?: Partial<SessionOptions>): ZooKeeperSession;
  connectKafka(options?: Partial<KafkaZkConnectOptions>): Promise<KafkaZkClient>;
  /** Ends every session opened here and removes the chroot. */
  close(): Promise<void>;
}

const SESSION_TIMEOUT_MS = 6000;
const runtime = createNodeRuntime();

/** The server the whole run shares; only in the integration tests. */
export function sharedZooKeeperServer(): string {
  const server = process.env['KLASSIK_TEST_ZOOKEEPER'];
  if (server === undefined)
    throw new Error('no shared ZooKeeper: run this with --selectProjects integration');
  return server;
}

export async function freshZooKeeper(): Promise<FreshZooKeeper> {
  const server = sharedZooKeeperServer();
  const chroot = `/test-${randomUUID()}`;
  const connect = server + chroot;
  const sessions: ZooKeeperSession[] = [];
  const clients: KafkaZkClient[] = [];
  const defaults = { ...runtime, connect, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  const creator = await connectKafkaZkClient({ connect, runtime, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  await creator.close();
  return {
    connect,
    server,
    chroot,
    openSession(options = {}) {
      const session = openZooKeeperSession({ ...defaults, ...options });
      sessions.push(session);
      return session;
    },
    async connectKafka(options = {}) {
      const client = await connectKafkaZkClient({
        connect,
        runtime,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        ...options,
      });
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all([...sessions, ...clients].map((one) => one.close()));
      const cleaner = await connectKafkaZkClient({
        connect: server,
        runtime,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
      });
      await cleaner.znodes.deleteRecursive(chroot, 'any');
      await cleaner.close();
    },
  };
}

/** Waits for something to become true, looking at it often; fails with `what` after `timeoutMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await runtime.timers.sleep(5);
  }
}
