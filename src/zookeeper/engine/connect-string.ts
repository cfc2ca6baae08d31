/**
 * zookeeper.connect: servers by comma, then one chroot for all of them: `zk1:2181,zk2:2181,[::1]:2181/kafka`.
 */
import type { Random } from '../../runtime/index.ts';

export interface ZooKeeperServer {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly servers: readonly ZooKeeperServer[];
  /** `/kafka`, or empty. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;
const MAX_PORT = 65535;

export function parseConnectString(connect: string): ConnectString {
  const slash = connect.indexOf('/');
  const hosts = slash < 0 ? connect : connect.slice(0, slash);
  const chroot = slash < 0 ? '' : connect.slice(slash).replace(/\/$/, '');
  if (chroot !== '' && pathFault(chroot) !== null)
    throw new RangeError(`zookeeper.connect has an invalid chroot "${chroot}": ${pathFault(chroot)}`);
  const servers = hosts
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
    .map(parseServer);
  if (servers.length === 0) throw new RangeError(`zookeeper.connect "${connect}" names no server`);
  return { servers, chroot };
}

function parseServer(server: string): ZooKeeperServer {
  const [, bracketed, plain, portText] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (host === undefined || port < 1 || port > MAX_PORT)
    throw new RangeError(`"${server}" in zookeeper.connect is not host:port`);
  return { host, port };
}

/** In random order, so that the brokers of a cluster spread over the ensemble. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** What is wrong with a znode's path, or null: ZooKeeper's own rules, checked before it hangs up on us. */
export function pathFault(path: string): string | null {
  if (!path.startsWith('/')) return 'it must start with /';
  if (path === '/') return null;
  if (path.endsWith('/')) return 'it must not end with /';
  if (hasForbiddenCharacter(path)) return 'it has a forbidden character';
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return 'it has an empty name';
    if (segment === '.' || segment === '..') return 'it has a relative name';
  }
  return null;
}

/** Control characters, halves of surrogate pairs, private and special code units. */
function hasForbiddenCharacter(path: string): boolean {
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code <= 0x1f || (code >= 0x7f && code <= 0x9f)) return true;
    if ((code >= 0xd800 && code <= 0xf8ff) || code >= 0xfff0) return true;
  }
  return false;
}

/** The path as the server knows it. */
export function withChroot(chroot: string, path: string): string {
  if (chroot === '') return path;
  return path === '/' ? chroot : chroot + path;
}

/** The path as Kafka knows it. */
export function withoutChroot(chroot: string, path: string): string {
  if (chroot === '' || !path.startsWith(chroot)) return path;
  return path.length === chroot.length ? '/' : path.slice(chroot.length);
}
