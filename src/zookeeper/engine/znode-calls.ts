/**
 * The calls on znodes as requests and answers: paths checked before ZooKeeper hangs up on them, the chroot put on and
 * taken off, and the watch of a read noted when its answer says that the server has set it. How a call gets to the
 * server, and that it ends, is the session engine's.
 */
import { OPEN_ACL, ZkError, zkErrorName } from '../session.ts';
import { pathFault, withChroot, withoutChroot } from './connect-string.ts';
import { replies, requests } from './records.ts';
import type {
  Acl,
  CreateMode,
  ExpectedVersion,
  MultiOp,
  MultiResult,
  Stat,
  WatchOption,
  ZnodeData,
} from '../session.ts';
import type { Reply, Request } from './records.ts';
import type { WatchKind, WatchTable } from './watch-table.ts';

export interface ZnodeCallsOptions {
  readonly chroot: string;
  readonly watches: WatchTable;
  /** `path` without the chroot is what errors and facts name; `read` makes the value of the answer, or throws. */
  readonly enqueue: <T>(
    operation: string,
    path: string,
    request: Request,
    read: (reply: Reply) => T,
  ) => Promise<T>;
}

export class ZnodeCalls {
  readonly #options: ZnodeCallsOptions;

  constructor(options: ZnodeCallsOptions) {
    this.#options = options;
  }

  #inChroot(path: string): string {
    return withChroot(this.#options.chroot, path);
  }

  #outOfChroot(path: string): string {
    return withoutChroot(this.#options.chroot, path);
  }

  #call<T>(
    operation: string,
    path: string,
    request: (fullPath: string) => Request,
    read: (reply: Reply) => T,
  ): Promise<T> {
    const fault = pathFault(path);
    if (fault !== null) return Promise.reject(new ZkError('BadArguments', path, fault));
    return this.#options.enqueue(operation, path, request(this.#inChroot(path)), read);
  }

  /** The body of a successful answer, or the server's error. */
  #orThrow<T>(path: string, read: (body: Buffer) => T): (reply: Reply) => T {
    return ({ error, body }) => {
      if (error !== 0)
        throw new ZkError(zkErrorName(error), path, zkErrorName(error) === 'Unknown' ? `code ${error}` : '');
      return read(body);
    };
  }

  #watch(kind: WatchKind, path: string, { watch }: WatchOption): void {
    if (watch !== undefined) this.#options.watches.add(kind, path, watch);
  }

  create(
    path: string,
    data: Buffer | null,
    mode: CreateMode,
    acl: readonly Acl[] = OPEN_ACL,
  ): Promise<{ readonly path: string }> {
    // A sequential znode may be named by its number alone: its path ends with a slash until the server adds it.
    const checked = mode.endsWith('sequential') && path.endsWith('/') ? `${path}0` : path;
    const fault = pathFault(checked);
    if (fault !== null) return Promise.reject(new ZkError('BadArguments', path, fault));
    const request = requests.create(this.#inChroot(path), data, mode, acl);
    return this.#options.enqueue(
      'create',
      path,
      request,
      this.#orThrow(path, (body) => ({ path: this.#outOfChroot(replies.path(body)) })),
    );
  }

  getData(path: string, options: WatchOption = {}): Promise<ZnodeData> {
    return this.#call(
      'getData',
      path,
      (full) => requests.getData(full, options.watch !== undefined),
      this.#orThrow(path, (body) => {
        const found = replies.data(body);
        this.#watch('data', path, options);
        return found;
      }),
    );
  }

  setData(path: string, data: Buffer | null, version: ExpectedVersion): Promise<Stat> {
    return this.#call(
      'setData',
      path,
      (full) => requests.setData(full, data, version),
      this.#orThrow(path, replies.stat),
    );
  }

  delete(path: string, version: ExpectedVersion): Promise<void> {
    return this.#call(
      'delete',
      path,
      (full) => requests.delete(full, version),
      this.#orThrow(path, replies.nothing),
    );
  }

  exists(path: string, options: WatchOption = {}): Promise<Stat | null> {
    return this.#call(
      'exists',
      path,
      (full) => requests.exists(full, options.watch !== undefined),
      (reply) => {
        if (zkErrorName(reply.error) === 'NoNode') {
          this.#watch('exist', path, options);
          return null;
        }
        const found = this.#orThrow(path, replies.stat)(reply);
        this.#watch('data', path, options);
        return found;
      },
    );
  }

  getChildren(
    path: string,
    options: WatchOption = {},
  ): Promise<{ readonly children: readonly string[]; readonly stat: Stat }> {
    return this.#call(
      'getChildren',
      path,
      (full) => requests.getChildren(full, options.watch !== undefined),
      this.#orThrow(path, (body) => {
        const found = replies.children(body);
        this.#watch('child', path, options);
        return found;
      }),
    );
  }

  multi(ops: readonly MultiOp[]): Promise<MultiResult> {
    if (ops.length === 0) return Promise.resolve({ ok: true, results: [] });
    const paths = ops.map(({ path }) => path).join(' ');
    for (const { path } of ops) {
      const fault = pathFault(path);
      if (fault !== null) return Promise.reject(new ZkError('BadArguments', path, fault));
    }
    const full = ops.map((op) => ({ ...op, path: this.#inChroot(op.path) }));
    return this.#options.enqueue('multi', paths, requests.multi(full, OPEN_ACL), (reply) => {
      const result = this.#orThrow(paths, replies.multi)(reply);
      if (!result.ok) return result;
      return {
        ok: true,
        results: result.results.map((one) =>
          one.op === 'create' ? { ...one, path: this.#outOfChroot(one.path) } : one,
        ),
      };
    });
  }

  getAcl(path: string): Promise<{ readonly acl: readonly Acl[]; readonly stat: Stat }> {
    return this.#call('getAcl', path, requests.getAcl, this.#orThrow(path, replies.acl));
  }

  setAcl(path: string, acl: readonly Acl[], aclVersion: ExpectedVersion): Promise<Stat> {
    return this.#call(
      'setAcl',
      path,
      (full) => requests.setAcl(full, acl, aclVersion),
      this.#orThrow(path, replies.stat),
    );
  }

  sync(path: string): Promise<void> {
    return this.#call('sync', path, requests.sync, this.#orThrow(path, replies.nothing));
  }
}
