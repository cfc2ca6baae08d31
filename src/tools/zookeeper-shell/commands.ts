/** The commands of zookeeper-shell: what each takes and prints. Texts and order are those of ZooKeeper's own shell. */
import type {
  Acl,
  CreateMode,
  ExpectedVersion,
  Stat,
  Watcher,
  ZooKeeperSession,
} from '../../zookeeper/index.ts';
import { ALL_PERMISSIONS, isZkError, OPEN_ACL } from '../../zookeeper/index.ts';

export interface ShellIo {
  /** A line on stdout. */
  out(line: string): void;
  /** A line on stderr, where the original tells what it created and what went wrong. */
  err(line: string): void;
}

export interface Arguments {
  readonly flags: ReadonlySet<string>;
  /** Values of flags that take one, such as -v 3. */
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

export interface Command {
  /** As the shell's help shows it, after the name. */
  readonly usage: string;
  readonly flags?: readonly string[];
  readonly valueFlags?: readonly string[];
  /** Fewest words after the flags. */
  readonly words: number;
  run(session: ZooKeeperSession, args: Arguments, io: ShellIo): Promise<void>;
}

const PERMISSIONS: readonly (readonly [letter: string, bit: number])[] = [
  ['c', 4],
  ['d', 8],
  ['r', 1],
  ['w', 2],
  ['a', 16],
];

export const COMMANDS: Readonly<Record<string, Command>> = {
  addauth: {
    usage: 'scheme auth',
    words: 1,
    run: (session, { words: [scheme = '', auth = ''] }) => session.addAuth(scheme, Buffer.from(auth)),
  },
  create: {
    usage: '[-s] [-e] path [data] [acl]',
    flags: ['-s', '-e'],
    words: 1,
    async run(session, { flags, words: [path = '', data, acl] }, io) {
      const kind = flags.has('-e') ? 'ephemeral' : 'persistent';
      const mode: CreateMode = flags.has('-s') ? `${kind}-sequential` : kind;
      const bytes = data === undefined ? null : Buffer.from(data);
      const created = await session.create(path, bytes, mode, acl === undefined ? OPEN_ACL : parseAcl(acl));
      io.err(`Created ${created.path}`);
    },
  },
  delete: {
    usage: '[-v version] path',
    valueFlags: ['-v'],
    words: 1,
    run: (session, { values, words: [path = ''] }) => session.delete(path, versionOf(values)),
  },
  deleteall: {
    usage: 'path',
    words: 1,
    run: (session, { words: [path = ''] }) => deleteTree(session, path),
  },
  get: {
    usage: '[-s] [-w] path',
    flags: ['-s', '-w'],
    words: 1,
    async run(session, { flags, words: [path = ''] }, io) {
      const { data, stat } = await session.getData(path, watching(flags, io));
      io.out(data === null ? 'null' : data.toString('utf8'));
      if (flags.has('-s')) printStat(stat, io);
    },
  },
  getAcl: {
    usage: '[-s] path',
    flags: ['-s'],
    words: 1,
    async run(session, { flags, words: [path = ''] }, io) {
      const { acl, stat } = await session.getAcl(path);
      for (const { scheme, id, permissions } of acl) {
        io.out(`'${scheme},'${id}`);
        io.out(
          `: ${PERMISSIONS.filter(([, bit]) => (permissions & bit) !== 0)
            .map(([letter]) => letter)
            .join('')}`,
        );
      }
      if (flags.has('-s')) printStat(stat, io);
    },
  },
  getAllChildrenNumber: {
    usage: 'path',
    words: 1,
    async run(session, { words: [path = ''] }, io) {
      io.out(String((await tree(session, path)).length - 1));
    },
  },
  ls: {
    usage: '[-s] [-w] [-R] path',
    flags: ['-s', '-w', '-R'],
    words: 1,
    async run(session, { flags, words: [path = ''] }, io) {
      if (flags.has('-R')) {
        for (const each of await tree(session, path)) io.out(each);
        return;
      }
      const { children, stat } = await session.getChildren(path, watching(flags, io));
      io.out(`[${children.toSorted().join(', ')}]`);
      if (flags.has('-s')) printStat(stat, io);
    },
  },
  set: {
    usage: '[-s] [-v version] path data',
    flags: ['-s'],
    valueFlags: ['-v'],
    words: 2,
    async run(session, { flags, values, words: [path = '', data = ''] }, io) {
      const stat = await session.setData(path, Buffer.from(data), versionOf(values));
      if (flags.has('-s')) printStat(stat, io);
    },
  },
  setAcl: {
    usage: '[-s] [-v version] path acl',
    flags: ['-s'],
    valueFlags: ['-v'],
    words: 2,
    async run(session, { flags, values, words: [path = '', acl = ''] }, io) {
      const stat = await session.setAcl(path, parseAcl(acl), versionOf(values));
      if (flags.has('-s')) printStat(stat, io);
    },
  },
  stat: {
    usage: '[-w] path',
    flags: ['-w'],
    words: 1,
    async run(session, { flags, words: [path = ''] }, io) {
      const stat = await session.exists(path, watching(flags, io));
      if (stat === null) throw new MissingNodeError(path);
      printStat(stat, io);
    },
  },
  sync: {
    usage: 'path',
    words: 1,
    async run(session, { words: [path = ''] }, io) {
      await session.sync(path);
      io.out('Sync is OK');
    },
  },
};

/** `stat` of a path that is not there: the session answers null, the shell speaks of an error. */
class MissingNodeError extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** What the shell says about a failure, or undefined when it is none of ZooKeeper's. */
export function explain(thrown: unknown, path: string): string | undefined {
  if (thrown instanceof MissingNodeError) return `Node does not exist: ${thrown.path}`;
  if (!isZkError(thrown)) return undefined;
  const where = thrown.path ?? path;
  const texts: Partial<Record<typeof thrown.code, string>> = {
    NoNode: `Node does not exist: ${where}`,
    NodeExists: `Node already exists: ${where}`,
    NotEmpty: `Node not empty: ${where}`,
    NoAuth: `Insufficient permission : ${where}`,
    BadVersion: `version No is not valid : ${where}`,
    NoChildrenForEphemerals: `Ephemerals cannot have children: ${where}`,
    InvalidAcl: `Acl is not valid : ${where}`,
    NotReadOnly: 'this is a read-only server',
  };
  return texts[thrown.code] ?? thrown.message;
}

function versionOf(values: ReadonlyMap<string, string>): ExpectedVersion {
  const text = values.get('-v');
  return text === undefined ? 'any' : Number(text);
}

/** `scheme:id:perms,...`; the id may hold colons itself. */
function parseAcl(text: string): Acl[] {
  return text.split(',').map((entry) => {
    const first = entry.indexOf(':');
    const last = entry.lastIndexOf(':');
    const letters = entry.slice(last + 1);
    const permissions = PERMISSIONS.reduce(
      (sum, [letter, bit]) => (letters.includes(letter) ? sum | bit : sum),
      0,
    );
    return {
      scheme: entry.slice(0, first),
      id: entry.slice(first + 1, last),
      permissions: permissions & ALL_PERMISSIONS,
    };
  });
}

/** The path and everything below it, parents first. */
async function tree(session: ZooKeeperSession, path: string): Promise<string[]> {
  const { children } = await session.getChildren(path);
  const below: string[] = [];
  for (const child of children.toSorted()) {
    below.push(...(await tree(session, path === '/' ? `/${child}` : `${path}/${child}`)));
  }
  return [path, ...below];
}

async function deleteTree(session: ZooKeeperSession, path: string): Promise<void> {
  for (const each of (await tree(session, path)).toReversed()) await session.delete(each, 'any');
}

const EVENT_TYPES = {
  created: 'NodeCreated',
  deleted: 'NodeDeleted',
  'data-changed': 'NodeDataChanged',
  'children-changed': 'NodeChildrenChanged',
} as const;

function watching(flags: ReadonlySet<string>, io: ShellIo): { readonly watch?: Watcher } {
  if (!flags.has('-w')) return {};
  return {
    watch: ({ kind, path }) => {
      if (kind !== 'session-ended') printEvent(io, 'SyncConnected', EVENT_TYPES[kind], path);
    },
  };
}

export function printEvent(io: ShellIo, state: string, type = 'None', path = 'null'): void {
  io.out(`\nWATCHER::\n\nWatchedEvent state:${state} type:${type} path:${path}`);
}

function printStat(stat: Stat, io: ShellIo): void {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const lines = [
    `cZxid = ${hex(stat.czxid)}`,
    `ctime = ${javaDate(stat.ctimeMs)}`,
    `mZxid = ${hex(stat.mzxid)}`,
    `mtime = ${javaDate(stat.mtimeMs)}`,
    `pZxid = ${hex(stat.pzxid)}`,
    `cversion = ${stat.childrenVersion}`,
    `dataVersion = ${stat.version}`,
    `aclVersion = ${stat.aclVersion}`,
    `ephemeralOwner = ${hex(stat.ephemeralOwner)}`,
    `dataLength = ${stat.dataLength}`,
    `numChildren = ${stat.numChildren}`,
  ];
  for (const line of lines) io.out(line);
}

/** As java.util.Date prints itself: `Sun Nov 22 03:17:31 UTC 2026`. */
function javaDate(timeMs: number): string {
  const date = new Date(timeMs);
  const [weekday = '', month = '', day = '', year = '', time = ''] = date.toString().split(' ');
  const zone = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
    .formatToParts(date)
    .find(({ type }) => type === 'timeZoneName');
  return `${weekday} ${month} ${day} ${time} ${zone?.value ?? 'UTC'} ${year}`;
}
