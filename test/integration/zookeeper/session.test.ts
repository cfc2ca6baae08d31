import { createServer } from 'node:net';
import { openZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { describeZooKeeperSession } from '../../support/zookeeper-session-contract.ts';
import { freshZooKeeper, sharedZooKeeperServer } from '../../support/zookeeper.ts';
import type { Server, Socket } from 'node:net';
import type { SessionWorld } from '../../support/zookeeper-session-contract.ts';

const ERROR_POSITION = 16;

/** The password a session was given, read off the wire, so that another connection can pass for it and close it. */
async function stolenPasswords(proxy: FaultProxy): Promise<Map<bigint, Buffer>> {
  const passwords = new Map<bigint, Buffer>();
  for (const reply of proxy.handshakes) passwords.set(reply.readBigInt64BE(12), reply.subarray(24, 24 + 16));
  return Promise.resolve(passwords);
}

async function worldOnRealZooKeeper(): Promise<SessionWorld> {
  const zookeeper = await freshZooKeeper();
  const proxy = await FaultProxy.to(sharedZooKeeperServer());
  const muteSockets = new Set<Socket>();
  let mute: Server | undefined;
  const through = proxy.address + zookeeper.chroot;
  return {
    open: (options) => zookeeper.openSession({ connect: through, ...options }),
    openDirect: (options) => zookeeper.openSession(options),
    // Port 1 refuses; the order is shuffled, so that over the runs it is first and second.
    openWithDeadServer: () =>
      zookeeper.openSession({
        connect: `127.0.0.1:1,${through}`,
        random: { ...createNodeRuntime().random, below: () => 1 },
      }),
    openOnMuteServer: async (options) => {
      mute = createServer((socket) => muteSockets.add(socket));
      const server = mute;
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return zookeeper.openSession({
        connect: `127.0.0.1:${port},${through}`,
        random: { ...createNodeRuntime().random, below: () => 1 },
        ...options,
      });
    },
    cut: () => proxy.cut(),
    goSilent: () => proxy.goSilent(),
    heal: () => proxy.heal(),
    cutNextReplyAfter: (bytes) => proxy.cutNextReplyAfter(bytes),
    failNextReply: (code) =>
      proxy.rewriteNextReply((chunk) => {
        const changed = Buffer.from(chunk);
        changed.writeInt32BE(code, ERROR_POSITION);
        return changed;
      }),
    connections: () => proxy.accepted,
    expire: async ({ sessionId }) => {
      const password = (await stolenPasswords(proxy)).get(sessionId);
      const thief = openZooKeeperSession({
        ...createNodeRuntime(),
        connect: zookeeper.connect,
        sessionTimeoutMs: 6000,
        resume: { sessionId, password: password ?? Buffer.alloc(16) },
      });
      await thief.exists('/');
      await thief.close();
    },
    close: async () => {
      await zookeeper.close();
      await proxy.stop();
      for (const socket of muteSockets) socket.destroy();
      mute?.close();
    },
  };
}

describeZooKeeperSession('a session on a real ZooKeeper', worldOnRealZooKeeper);
