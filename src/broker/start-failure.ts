/**
 * What keeps a broker from starting is mostly no bug: ZooKeeper is down, a port or a log dir is taken, a disk is not
 * ours to write. Such a failure ends in one sentence that names what was tried and what to change; only what has no
 * sentence here is shown with its stack.
 */
import { ConfigError, type BrokerConfig } from '../config/index.ts';
import { errorCodeOf, errorMessageOf } from '../runtime/index.ts';
import {
  CheckpointValueError,
  DuplicateLogError,
  ForeignFolderError,
  InconsistentMetaPropertiesError,
  LogDirLockedError,
} from '../storage/index.ts';
import { isZkError } from '../zookeeper/index.ts';
import { BrokerStartError } from './broker-start-error.ts';

/** The sentence for a failure a person can mend; undefined for everything else. `ownerOf` tells who has a port. */
export async function explainStartFailure(
  error: unknown,
  config: BrokerConfig,
  ownerOf: (port: number) => Promise<string>,
): Promise<string | undefined> {
  if (error instanceof BrokerStartError) return error.message;
  if (error instanceof ConfigError) return error.message;
  if (error instanceof InconsistentMetaPropertiesError) return error.message;
  if (error instanceof DuplicateLogError || error instanceof ForeignFolderError) return error.message;
  if (error instanceof CheckpointValueError)
    return `There was an error during logs loading: ${error.message}`;
  if (error instanceof LogDirLockedError)
    return `${error.message} Stop it, or give this broker log.dirs of its own`;
  return explainZooKeeper(error, config) ?? (await explainPort(error, ownerOf)) ?? explainFile(error, config);
}

function explainZooKeeper(error: unknown, config: BrokerConfig): string | undefined {
  // What the reader of zookeeper.connect throws.
  if (error instanceof RangeError && error.message.includes('zookeeper.connect')) return error.message;
  const { servers, chroot } = config.zookeeperConnect;
  const connect = `${servers}${chroot}`;
  if (isZkError(error, 'ConnectionLoss', 'OperationTimeout'))
    return (
      `Timed out waiting for connection: no ZooKeeper answered at ${connect} within ` +
      `${config.zookeeperConnectionTimeoutMs} ms. Start it, correct zookeeper.connect, or raise ` +
      'zookeeper.connection.timeout.ms'
    );
  if (isZkError(error, 'NoAuth', 'AuthFailed'))
    return `The ZooKeeper at ${connect} refuses this broker: ${error.message}`;
  return undefined;
}

async function explainPort(
  error: unknown,
  ownerOf: (port: number) => Promise<string>,
): Promise<string | undefined> {
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('port' in error))
    return undefined;
  const host = 'address' in error && typeof error.address === 'string' ? error.address : '';
  const address = `${host.includes(':') ? `[${host}]` : host}:${String(error.port)}`;
  const failed = `Socket server failed to bind to ${address}`;
  const code = errorCodeOf(error);
  if (code === 'EADDRINUSE')
    return `${failed}: the port is in use by ${await ownerOf(Number(error.port))}. Stop that, or change listeners`;
  if (code === 'EADDRNOTAVAIL')
    return `${failed}: this machine has no such address. Change listeners; what clients are told is advertised.listeners`;
  if (code === 'EACCES') return `${failed}: this user may not open that port. Change listeners`;
  return undefined;
}

/** What is wrong with a path, by the system's code. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'it cannot be created',
  ENOTDIR: 'a part of it is a file and not a folder',
  EEXIST: 'it is a file and not a folder',
  EISDIR: 'it is a folder and not a file',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's quota is used up",
};

function explainFile(error: unknown, config: BrokerConfig): string | undefined {
  const code = errorCodeOf(error) ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `A name in listeners cannot be resolved: ${errorMessageOf(error)}`;
  const problem = FILE_PROBLEMS[code];
  if (problem === undefined || typeof error !== 'object' || error === null || !('path' in error))
    return undefined;
  const path = String(error.path);
  const dir = config.logDirs.find((each) => path === each || path.startsWith(`${each}/`));
  return dir === undefined
    ? `${path} cannot be used: ${problem}`
    : `Log dir ${dir} cannot be used: ${problem} (${path}). Correct log.dirs, or who owns it`;
}
