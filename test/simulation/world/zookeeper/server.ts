/**
 * One server of an ensemble: it answers reads from its own tree, which follows the leader's log at a distance, and
 * sends writes, syncs and the business of sessions to the leader. Its tree is on its disk: what it has applied it
 * keeps when its process ends. Watches are its connections' and end with them.
 */
import type { Listener, Runtime } from '../../../../src/runtime/index.ts';
import type { World } from '../index.ts';
import { identityOf } from './acl.ts';
import { ClientConnection } from './client-connection.ts';
import type { Pending } from './client-connection.ts';
import { DataTree, parentOf } from './data-tree.ts';
import type { Applied } from './data-tree.ts';
import { ZK_ERROR, ZkFailure } from './errors.ts';
import { JuteReader, JuteWriter } from './jute.ts';
import { connectReplyOf, OP, readConnect, replyOf, WRITES } from './messages.ts';
import type { Member } from './quorum.ts';
import { read, setWatches } from './reads.ts';
import type { Session } from './sessions.ts';
import type { Transaction, WriteRequest } from './transactions.ts';
import { Watches } from './watches.ts';

const UNKNOWN = Number.POSITIVE_INFINITY;

/** What a leader decided: the log's length with it, and the answer. */
export interface Decision {
  readonly position: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly body: JuteWriter;
}

/** What a server has the leader do. Undefined: the session is no more, or lives elsewhere by now. */
export interface Leadership {
  readonly position: number;
  transaction(index: number): Transaction;
  /** Calls `action` where the leader is, in order, when it has a majority; never, when this server leaves. */
  ask(server: Server, action: () => void): void;
  write(client: ClientConnection, request: WriteRequest): Decision | undefined;
  openSession(client: ClientConnection, timeoutMs: number): Session<ClientConnection>;
  claimSession(
    client: ClientConnection,
    id: bigint,
    password: Buffer | null,
  ): Session<ClientConnection> | undefined;
  closeSession(client: ClientConnection): Decision | undefined;
  heard(server: Server, session: bigint): void;
  /** This server serves no longer. */
  left(server: Server): void;
}

export class Server implements Member {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly tree = new DataTree();
  readonly #world: World;
  readonly #leadership: Leadership;
  #runtime: Runtime | undefined;
  #listener: Listener | undefined;
  #isRunning = false;
  #isServing = false;
  #position = 0;
  #zxid = 0n;
  #watches = new Watches();
  readonly #clients = new Set<ClientConnection>();
  readonly #ofSession = new Map<bigint, ClientConnection>();
  /** Who waits for which transaction, the earliest first. */
  #waiting: { readonly dueAt: number; readonly client: ClientConnection }[] = [];

  constructor(world: World, leadership: Leadership, place: { id: number; host: string; port: number }) {
    this.#world = world;
    this.#leadership = leadership;
    this.id = place.id;
    this.host = place.host;
    this.port = place.port;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  get position(): number {
    return this.#position;
  }

  get zxid(): bigint {
    return this.#zxid;
  }

  /** Of the process that runs, or ran last. */
  get runtime(): Runtime | undefined {
    return this.#runtime;
  }

  async start(): Promise<void> {
    const runtime = this.#world.runtimeFor(this.host);
    this.#runtime = runtime;
    this.#isRunning = true;
    this.#listener = await runtime.network.listen({ host: '', port: this.port }, (connection) => {
      this.#clients.add(new ClientConnection(connection, this.#service));
      this.#world.note(this.host, `connection from ${connection.remoteAddress}`);
    });
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
    this.#world.kill(this.host);
    this.died();
  }

  serve(): void {
    this.#isServing = true;
    this.applyThrough(this.#leadership.position);
  }

  leave(): void {
    this.#isServing = false;
    this.#leadership.left(this);
    this.#waiting = [];
    for (const client of [...this.#clients]) client.close();
  }

  died(): void {
    this.#isRunning = false;
    this.#isServing = false;
    this.#leadership.left(this);
    this.#waiting = [];
    this.#watches = new Watches();
    this.#clients.clear();
    this.#ofSession.clear();
  }

  /** Does what the log says up to there; watchers hear of a change before the one who made it, and before later reads. */
  applyThrough(position: number): void {
    while (this.#position < position) {
      this.#apply(this.#leadership.transaction(this.#position));
      this.#position += 1;
      while (this.#waiting.length > 0 && this.#waiting[0]!.dueAt <= this.#position)
        this.#waiting.shift()!.client.answer(this.#position);
    }
  }

  #apply({ zxid, session, wallMs, kind, changes }: Transaction): void {
    const applied = this.tree.apply(changes, { zxid, session, wallMs, identities: undefined });
    this.#zxid = zxid;
    for (const one of applied) this.#tell(one);
    if (kind !== 'close-session') return;
    const client = this.#ofSession.get(session);
    if (client?.isEnding === false) client.close();
  }

  #tell({ change, path, acl, parentAcl }: Applied): void {
    const place = { path, parent: parentOf(path), acl, parentAcl };
    if (change.op === 'create') this.#watches.created(place);
    else if (change.op === 'delete') this.#watches.deleted(place);
    else if (change.op === 'setData') this.#watches.dataChanged(place);
  }

  // ---- connections

  readonly #service = {
    connect: (client: ClientConnection, frame: Buffer): void => this.#connect(client, frame),
    request: (client: ClientConnection, frame: Buffer): void => this.#request(client, frame),
    closed: (client: ClientConnection): void => {
      this.#clients.delete(client);
      this.#watches.forget(client.watcher);
      if (this.#ofSession.get(client.session) === client) this.#ofSession.delete(client.session);
    },
  };

  #connect(client: ClientConnection, frame: Buffer): void {
    const { lastZxid, timeoutMs, session: id, password } = readConnect(new JuteReader(frame));
    // Whoever has seen more than this server knows must not be shown the past.
    if (!this.#isServing || lastZxid > this.#zxid) {
      client.close();
      return;
    }
    this.#ofSession.get(id)?.close();
    const pending = client.expect({ dueAt: UNKNOWN, answer: () => undefined });
    this.#leadership.ask(this, () => {
      const session =
        id === 0n
          ? this.#leadership.openSession(client, timeoutMs)
          : this.#leadership.claimSession(client, id, password);
      const dueAt = id === 0n ? this.#leadership.position : 0;
      this.#answerAt(client, pending, dueAt, () => this.#welcome(client, session));
    });
  }

  #welcome(client: ClientConnection, session: Session<ClientConnection> | undefined): void {
    if (!this.#clients.has(client)) return;
    client.write(connectReplyOf(session));
    if (session === undefined) {
      client.end();
      return;
    }
    client.session = session.id;
    this.#ofSession.set(session.id, client);
  }

  #answerAt(client: ClientConnection, pending: Pending, dueAt: number, answer: () => void): void {
    pending.dueAt = dueAt;
    pending.answer = answer;
    if (dueAt <= this.#position) client.answer(this.#position);
    else this.#waiting.push({ dueAt, client });
  }

  // ---- requests

  #request(client: ClientConnection, frame: Buffer): void {
    if (!this.#isServing || client.isEnding) return;
    const reader = new JuteReader(frame);
    const [xid, op] = [reader.int(), reader.int()];
    this.#leadership.heard(this, client.session);
    if (WRITES.has(op)) this.#write(client, xid, op, reader);
    else if (op === OP.closeSession) this.#closeSession(client, xid);
    else if (op === OP.sync) this.#sync(client, xid, reader);
    else if (op === OP.auth) this.#authenticate(client, xid, reader);
    else {
      client.expect({ dueAt: 0, answer: () => this.#answer(client, xid, op, reader) });
      client.answer(this.#position);
    }
  }

  #write(client: ClientConnection, xid: number, op: number, reader: JuteReader): void {
    const pending = client.expect({ dueAt: UNKNOWN, answer: () => undefined });
    const { identities } = client;
    this.#leadership.ask(this, () => {
      const decision = this.#leadership.write(client, { session: client.session, identities, op, reader });
      if (decision === undefined) {
        client.close();
        return;
      }
      const { position, zxid, error, body } = decision;
      this.#answerAt(client, pending, position, () => client.write(replyOf(xid, zxid, error, body)));
    });
  }

  #closeSession(client: ClientConnection, xid: number): void {
    client.isEnding = true;
    const pending = client.expect({ dueAt: UNKNOWN, answer: () => undefined });
    this.#leadership.ask(this, () => {
      const decision = this.#leadership.closeSession(client);
      if (decision === undefined) {
        client.close();
        return;
      }
      this.#answerAt(client, pending, decision.position, () => {
        client.write(replyOf(xid, decision.zxid, ZK_ERROR.ok));
        client.end();
      });
    });
  }

  /** Answered when this server has all that the leader had when it was asked. */
  #sync(client: ClientConnection, xid: number, reader: JuteReader): void {
    const path = reader.string();
    const pending = client.expect({ dueAt: UNKNOWN, answer: () => undefined });
    this.#leadership.ask(this, () =>
      this.#answerAt(client, pending, this.#leadership.position, () =>
        client.write(replyOf(xid, this.#zxid, ZK_ERROR.ok, new JuteWriter().string(path))),
      ),
    );
  }

  #authenticate(client: ClientConnection, xid: number, reader: JuteReader): void {
    reader.int();
    const identity = identityOf(reader.string(), reader.bytes() ?? Buffer.alloc(0));
    if (identity === undefined) {
      client.write(replyOf(xid, 0n, ZK_ERROR.authFailed));
      client.end();
      return;
    }
    client.identities = [...client.identities, identity];
    client.write(replyOf(xid, 0n, ZK_ERROR.ok));
  }

  #answer(client: ClientConnection, xid: number, op: number, reader: JuteReader): void {
    const { watcher, identities } = client;
    const reading = { tree: this.tree, watches: this.#watches, watcher, identities };
    const body = new JuteWriter();
    let error: number = ZK_ERROR.ok;
    try {
      if (op === OP.setWatches) setWatches(reading, reader);
      else if (op !== OP.ping) read(reading, op, reader, body);
    } catch (failure) {
      if (!(failure instanceof ZkFailure)) throw failure;
      error = failure.code;
    }
    client.write(replyOf(xid, this.#zxid, error, body));
  }
}
