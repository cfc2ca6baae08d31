/**
 * Opens Kafka's way into ZooKeeper: creates the chroot in a short session of its own if it is missing, since a
 * session inside a chroot cannot create it, then opens the long one (contract section 2.1).
 */
import { parseConnectString } from './engine/connect-string.ts';
import { openZooKeeperSession } from './engine/session-engine.ts';
import { KafkaZkClient } from './kafka-zk-client.ts';
import { ALL_PERMISSIONS, OPEN_ACL, READ_PERMISSION } from './session.ts';
import { openAclPolicy, ZnodeOperations } from './verbs/znode-operations.ts';
import { ZooKeeperClient } from './zookeeper-client.ts';
import type { FactStream } from '../observe/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Acl } from './session.ts';
import type { AclPolicy } from './verbs/znode-operations.ts';

export interface KafkaZkConnectOptions {
  /** zookeeper.connect: `host:port,host:port/chroot` */
  readonly connect: string;
  /** zookeeper.session.timeout.ms */
  readonly sessionTimeoutMs: number;
  /** zookeeper.connection.timeout.ms; the session timeout where it is not set. */
  readonly connectionTimeoutMs?: number;
  /** zookeeper.max.in.flight.requests */
  readonly maxInFlightRequests?: number;
  /** zookeeper.set.acl */
  readonly setAcl?: boolean;
  /** False for tools, which must not make up a cluster where there is none. */
  readonly createChroot?: boolean;
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'random' | 'network' | 'logger'>;
  readonly facts?: FactStream;
}

/** Resolves once connected; rejects with ConnectionLoss when ZooKeeper is not reached in time. */
export async function connectKafkaZkClient(options: KafkaZkConnectOptions): Promise<KafkaZkClient> {
  const aclFor = options.setAcl === true ? secureAclPolicy : openAclPolicy;
  const { servers, chroot } = parseConnectString(options.connect);
  if (chroot !== '' && options.createChroot !== false) {
    const hosts = servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
    await createChroot({ ...options, connect: hosts.join(',') }, chroot, aclFor);
  }
  const client = zooKeeperClient(options);
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
  const { clock, random } = options.runtime;
  return new KafkaZkClient({ client, clock, random, aclFor });
}

function zooKeeperClient(options: KafkaZkConnectOptions): ZooKeeperClient {
  const { clock, timers, random, network } = options.runtime;
  const logger = options.runtime.logger.child('org.apache.zookeeper.ClientCnxn');
  return new ZooKeeperClient({
    openSession: () =>
      openZooKeeperSession({
        connect: options.connect,
        sessionTimeoutMs: options.sessionTimeoutMs,
        ...(options.maxInFlightRequests === undefined
          ? {}
          : { maxInFlightRequests: options.maxInFlightRequests }),
        ...(options.facts === undefined ? {} : { facts: options.facts }),
        network,
        clock,
        timers,
        random,
        logger,
      }),
    timers,
    logger: options.runtime.logger.child('kafka.zookeeper.ZooKeeperClient'),
    connectionTimeoutMs: options.connectionTimeoutMs ?? options.sessionTimeoutMs,
  });
}

async function createChroot(
  options: KafkaZkConnectOptions,
  chroot: string,
  aclFor: AclPolicy,
): Promise<void> {
  const client = zooKeeperClient(options);
  try {
    await client.connect();
    if ((await client.exists(chroot)) === null) await new ZnodeOperations(client, aclFor).ensurePath(chroot);
  } finally {
    await client.close();
  }
}

const CREATOR_ALL: Acl = { permissions: ALL_PERMISSIONS, scheme: 'auth', id: '' };
const WORLD_READABLE: readonly Acl[] = [
  CREATOR_ALL,
  { permissions: READ_PERMISSION, scheme: 'world', id: 'anyone' },
];

/** Below these lie credentials: nobody but the brokers may read them. */
const SENSITIVE_ROOTS = ['/config/users', '/config/brokers', '/delegation_token/tokens'];

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);

/** `zookeeper.set.acl`: the creator may do everything, the world may read; old consumers stay open to all. */
export const secureAclPolicy: AclPolicy = (path) => {
  if (isBelow(path, '/consumers')) return OPEN_ACL;
  return SENSITIVE_ROOTS.some((root) => isBelow(path, root)) ? [CREATOR_ALL] : WORLD_READABLE;
};
