/**
 * Plays a sequence of operations on some ZooKeeper, one at a time, and writes down what came of each: answers, error
 * codes, Stats, what the watches of both sessions told, and the whole tree in the end. What must differ from server to
 * server is made comparable: sessions are called by their order, zxids by their rank, times are left out.
 */
import { isZkError } from '../../../src/zookeeper/index.ts';
import type { MultiOpResult, Stat, WatchEvent, ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import { ZooKeeperStage } from '../zookeeper-contract/stage.ts';
import type { ZooKeeperPlace } from '../zookeeper-contract/stage.ts';
import { CLIENTS, ROOT } from './steps.ts';
import type { ClientName, Step } from './steps.ts';

interface Player {
  session: ZooKeeperSession;
  events: string[];
}

/** Only one of the two, so that the other can be refused. */
const IDENTITY = { client: 'a', scheme: 'digest', auth: Buffer.from('me:secret') } as const;

/** What happened, a line for each step; the same on two servers that agree. */
export async function play(place: ZooKeeperPlace, steps: readonly Step[]): Promise<string[]> {
  const stage = new ZooKeeperStage(place);
  const players = new Players(stage);
  try {
    return await place.run(players.play(steps));
  } finally {
    await stage.close();
  }
}

class Players {
  readonly #stage: ZooKeeperStage;
  readonly #players = new Map<ClientName, Player>();
  readonly #sessionNames = new Map<bigint, string>([[0n, 'nobody']]);
  readonly #lines: unknown[] = [];

  constructor(stage: ZooKeeperStage) {
    this.#stage = stage;
  }

  async play(steps: readonly Step[]): Promise<string[]> {
    for (const client of CLIENTS) await this.#enter(client);
    await this.#player('a').session.create(ROOT, null, 'persistent');
    for (const step of steps) await this.#step(step);
    await this.#lookAt(ROOT);
    return ranked(this.#lines);
  }

  async #enter(client: ClientName): Promise<void> {
    const session = await this.#stage.open(client);
    if (client === IDENTITY.client) await session.addAuth(IDENTITY.scheme, IDENTITY.auth);
    this.#sessionNames.set(session.sessionId, `session ${this.#sessionNames.size}`);
    this.#players.set(client, { session, events: [] });
  }

  async #step(step: Step): Promise<void> {
    const answer = await this.#do(step);
    // Whatever was to be told has been told before the answer to this.
    for (const { session } of this.#players.values()) await session.sync(ROOT);
    const events = CLIENTS.map((client) => this.#player(client).events.splice(0));
    // In what order the znodes of a session go is the server's own affair.
    if (step.op === 'close') for (const told of events) told.sort();
    this.#lines.push([step, answer, events]);
  }

  async #do(step: Step): Promise<unknown> {
    try {
      return await this.#ask(step);
    } catch (error) {
      if (isZkError(error)) return error.code;
      throw error;
    }
  }

  async #ask(step: Step): Promise<unknown> {
    const player = this.#player(step.client);
    const { session } = player;
    const watching = 'watch' in step && step.watch ? { watch: this.#watch(player) } : {};
    switch (step.op) {
      case 'create':
        return (await session.create(step.path, step.data, step.mode, step.acl)).path;
      case 'delete':
        return session.delete(step.path, step.version);
      case 'setData':
        return this.#stat(await session.setData(step.path, step.data, step.version));
      case 'check':
        return this.#multi(await session.multi([step]));
      case 'multi':
        return this.#multi(await session.multi(step.ops));
      case 'exists':
        return this.#stat(await session.exists(step.path, watching));
      case 'getData': {
        const { data, stat } = await session.getData(step.path, watching);
        return [data, this.#stat(stat)];
      }
      case 'getChildren': {
        const { children, stat } = await session.getChildren(step.path, watching);
        return [[...children].sort(), this.#stat(stat)];
      }
      case 'getAcl': {
        const { acl, stat } = await session.getAcl(step.path);
        return [acl, this.#stat(stat)];
      }
      case 'setAcl':
        return this.#stat(await session.setAcl(step.path, step.acl, step.version));
      case 'sync':
        return session.sync(step.path);
      case 'close':
        return this.#close(step.client);
      case 'reconnect':
        return this.#reconnect(step.client, step.meanwhile);
    }
  }

  async #close(client: ClientName): Promise<void> {
    const { session, events } = this.#player(client);
    await session.close();
    await this.#enter(client);
    this.#player(client).events.push(...events);
  }

  async #reconnect(client: ClientName, meanwhile: readonly Step[]): Promise<unknown[]> {
    const { session } = this.#player(client);
    this.#stage.cut(client);
    await this.#stage.until(() => session.state !== 'connected', 'the connection is gone');
    const answers: unknown[] = [];
    for (const step of meanwhile) answers.push(await this.#do(step));
    this.#stage.mend(client);
    await this.#stage.until(() => session.state === 'connected', 'it is back');
    return answers;
  }

  /** The end of it: every znode below, as the one sees it who may see most. */
  async #lookAt(path: string): Promise<void> {
    const see = (op: 'getData' | 'getChildren' | 'getAcl'): Promise<unknown> =>
      this.#do({ client: IDENTITY.client, op, path, watch: false });
    const children = await see('getChildren');
    this.#lines.push([path, await see('getData'), children, await see('getAcl')]);
    if (!Array.isArray(children)) return;
    for (const name of children[0] as readonly string[]) await this.#lookAt(`${path}/${name}`);
  }

  #player(client: ClientName): Player {
    return this.#players.get(client)!;
  }

  readonly #watchers = new WeakMap<Player, (event: WatchEvent) => void>();

  /** The same for all of a session, as one who listens to everything has it. */
  #watch(player: Player): (event: WatchEvent) => void {
    let watch = this.#watchers.get(player);
    if (watch === undefined)
      this.#watchers.set(player, (watch = ({ kind, path }) => void player.events.push(`${kind} ${path}`)));
    return watch;
  }

  #stat(stat: Stat | null): unknown {
    if (stat === null) return null;
    const { czxid, mzxid, pzxid, version, childrenVersion, aclVersion, dataLength, numChildren } = stat;
    const owner = this.#sessionNames.get(stat.ephemeralOwner) ?? 'a stranger';
    return { czxid, mzxid, pzxid, version, childrenVersion, aclVersion, owner, dataLength, numChildren };
  }

  #multi(result: Awaited<ReturnType<ZooKeeperSession['multi']>>): unknown {
    if (!result.ok) return result.errors;
    return result.results.map((one: MultiOpResult) =>
      one.op === 'setData' ? { op: one.op, stat: this.#stat(one.stat) } : one,
    );
  }
}

/** Numbers of 64 bits are zxids by now: each becomes its place among all of them. */
function ranked(lines: readonly unknown[]): string[] {
  const zxids = new Set<bigint>();
  const collect = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'bigint') return value;
    zxids.add(value);
    return '';
  };
  for (const line of lines) JSON.stringify(line, collect);
  const order = [...zxids].sort((a, b) => Number(a - b));
  const ranks = new Map(order.map((zxid, rank) => [zxid, `zxid ${rank}`]));
  return lines.map((line) =>
    JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? ranks.get(value) : value)),
  );
}
