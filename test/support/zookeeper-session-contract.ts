/**
 * What a ZooKeeperSession must do, whoever implements it and whatever it talks to: a real ZooKeeper through a proxy
 * that breaks connections, or a simulated ensemble. Each test here fails without the duty it is named after.
 */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isZkError, OPEN_ACL } from '../../src/zookeeper/index.ts';
import { eventually } from './zookeeper.ts';
import type { SessionOptions, WatchEvent, ZkErrorName, ZooKeeperSession } from '../../src/zookeeper/index.ts';

/** A piece of ZooKeeper for one test, and the faults it can be given. */
export interface SessionWorld {
  /** A session through the faulty path. */
  open(options?: Partial<SessionOptions>): ZooKeeperSession;
  /** A session by a path that works. */
  openDirect(options?: Partial<SessionOptions>): ZooKeeperSession;
  /** Another server first in line that refuses connections. */
  openWithDeadServer(): ZooKeeperSession;
  /** A server that takes connections and never says a word. */
  openOnMuteServer(options?: Partial<SessionOptions>): Promise<ZooKeeperSession>;
  cut(): void;
  goSilent(): void;
  heal(): void;
  cutNextReplyAfter(bytes: number): void;
  /** The next reply carries this error code instead of its own. */
  failNextReply(code: number): void;
  /** Connections made through the faulty path so far. */
  connections(): number;
  /** Ends a session on the server, as its expiry would. */
  expire(session: ZooKeeperSession): Promise<void>;
  close(): Promise<void>;
}

const data = (text: string): Buffer => Buffer.from(text);

async function codeOf(call: Promise<unknown>): Promise<ZkErrorName | 'ok' | 'not a ZkError'> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return isZkError(error) ? error.code : 'not a ZkError';
  }
}

const connected = (session: ZooKeeperSession): Promise<void> =>
  eventually(() => session.state === 'connected', 'connected');

export function describeZooKeeperSession(name: string, make: () => Promise<SessionWorld>): void {
  describe(name, () => {
    let world: SessionWorld;
    beforeEach(async () => {
      world = await make();
    });
    afterEach(async () => {
      await world.close();
    });

    describe('calls', () => {
      test('write, read and delete znodes, with their versions', async () => {
        const session = world.open();
        expect(await session.create('/a', data('1'), 'persistent')).toEqual({ path: '/a' });
        const { stat } = await session.getData('/a');
        expect(stat).toMatchObject({ version: 0, ephemeralOwner: 0n, dataLength: 1, numChildren: 0 });
        expect((await session.setData('/a', data('22'), 0)).version).toBe(1);
        expect(await codeOf(session.setData('/a', data('x'), 0))).toBe('BadVersion');
        expect((await session.getData('/a')).data).toEqual(data('22'));
        await session.create('/a/b', null, 'persistent');
        expect(await codeOf(session.delete('/a', 'any'))).toBe('NotEmpty');
        expect((await session.getChildren('/a')).children).toEqual(['b']);
        await session.delete('/a/b', 0);
        await session.delete('/a', 1);
        expect(await session.exists('/a')).toBeNull();
        expect(await codeOf(session.getData('/a'))).toBe('NoNode');
      });

      test('number sequential znodes and tie ephemeral ones to the session', async () => {
        const session = world.open();
        await session.create('/queue', null, 'persistent');
        const first = await session.create('/queue/n_', null, 'persistent-sequential');
        const second = await session.create('/queue/n_', null, 'ephemeral-sequential');
        expect([first.path, second.path]).toEqual(['/queue/n_0000000000', '/queue/n_0000000001']);
        const stat = await session.exists(second.path);
        expect(stat?.ephemeralOwner).toBe(session.sessionId);
        await session.close();
        const other = world.openDirect();
        expect(await other.exists(second.path)).toBeNull();
        expect(await other.exists(first.path)).not.toBeNull();
      });

      test('tell null data from empty data', async () => {
        const session = world.open();
        await session.create('/null', null, 'persistent');
        await session.create('/empty', Buffer.alloc(0), 'persistent');
        expect((await session.getData('/null')).data).toBeNull();
        expect((await session.getData('/empty')).data).toEqual(Buffer.alloc(0));
        await session.setData('/null', Buffer.alloc(0), 'any');
        await session.setData('/empty', null, 'any');
        expect((await session.getData('/null')).data).toEqual(Buffer.alloc(0));
        expect((await session.getData('/empty')).data).toBeNull();
      });

      test('refuse a path ZooKeeper would hang up on, without asking it', async () => {
        const session = world.open();
        for (const path of ['a', '/a/', '/a//b', '/a/../b', '/a\u0000'])
          expect(await codeOf(session.exists(path))).toBe('BadArguments');
        expect(await session.exists('/')).not.toBeNull();
      });

      test('read and write access control lists, and sync', async () => {
        const session = world.open();
        await session.create('/secret', null, 'persistent');
        await session.addAuth('digest', data('me:pw'));
        await session.setAcl('/secret', [{ permissions: 31, scheme: 'auth', id: '' }], 0);
        const { acl } = await session.getAcl('/secret');
        expect(acl).toMatchObject([{ permissions: 31, scheme: 'digest' }]);
        await session.sync('/secret');
        const other = world.openDirect();
        expect(await codeOf(other.getData('/secret'))).toBe('NoAuth');
        await session.setAcl('/secret', OPEN_ACL, 1);
      });
    });

    describe('transactions', () => {
      test('check version 0 as version 0: a stale writer is fenced', async () => {
        const session = world.open();
        await session.create('/epoch', data('0'), 'persistent');
        await session.create('/state', data('a'), 'persistent');
        await session.setData('/epoch', data('1'), 0);
        const fenced = await session.multi([
          { op: 'check', path: '/epoch', version: 0 },
          { op: 'setData', path: '/state', data: data('stale'), version: 'any' },
        ]);
        expect(fenced).toEqual({
          ok: false,
          failedIndex: 0,
          error: 'BadVersion',
          errors: ['BadVersion', 'RuntimeInconsistency'],
        });
        const stale = await session.multi([{ op: 'setData', path: '/epoch', data: null, version: 0 }]);
        expect(stale).toMatchObject({ ok: false, error: 'BadVersion' });
        const gone = await session.multi([{ op: 'delete', path: '/epoch', version: 0 }]);
        expect(gone).toMatchObject({ ok: false, error: 'BadVersion' });
        expect((await session.getData('/state')).data).toEqual(data('a'));
      });

      test('happen as a whole and tell what each step did', async () => {
        const session = world.open();
        const result = await session.multi([
          { op: 'create', path: '/e', data: null, mode: 'ephemeral' },
          { op: 'setData', path: '/e', data: data('x'), version: 0 },
          { op: 'check', path: '/e', version: 1 },
          { op: 'create', path: '/gone', data: null, mode: 'persistent' },
          { op: 'delete', path: '/gone', version: 0 },
        ]);
        expect(result).toMatchObject({
          ok: true,
          results: [
            { op: 'create', path: '/e' },
            { op: 'setData', stat: { version: 1 } },
            { op: 'check' },
            { op: 'create', path: '/gone' },
            { op: 'delete' },
          ],
        });
        const failed = await session.multi([
          { op: 'create', path: '/new', data: null, mode: 'persistent' },
          { op: 'create', path: '/e', data: null, mode: 'persistent' },
          { op: 'check', path: '/e', version: 1 },
        ]);
        expect(failed).toEqual({
          ok: false,
          failedIndex: 1,
          error: 'NodeExists',
          errors: ['ok', 'NodeExists', 'RuntimeInconsistency'],
        });
        expect(await session.exists('/new')).toBeNull();
      });
    });

    describe('watches', () => {
      test('fire once, for the change they were set for', async () => {
        const session = world.open();
        const events: WatchEvent[] = [];
        const watch = (event: WatchEvent): void => void events.push(event);
        expect(await session.exists('/w', { watch })).toBeNull();
        await session.create('/w', null, 'persistent');
        await eventually(() => events.length === 1, 'creation seen');
        await session.getData('/w', { watch });
        await session.getChildren('/w', { watch });
        await session.setData('/w', data('1'), 'any');
        await session.setData('/w', data('2'), 'any');
        await session.create('/w/c', null, 'persistent');
        await eventually(() => events.length === 3, 'change and child seen');
        await session.sync('/w');
        expect(events).toEqual([
          { kind: 'created', path: '/w' },
          { kind: 'data-changed', path: '/w' },
          { kind: 'children-changed', path: '/w' },
        ]);
      });

      test('survive a lost connection, and tell what changed meanwhile', async () => {
        const session = world.open();
        const other = world.openDirect();
        const events: WatchEvent[] = [];
        const watch = (event: WatchEvent): void => void events.push(event);
        await session.create('/kept', null, 'persistent');
        await session.getData('/kept', { watch });
        await session.exists('/missing', { watch });
        const id = session.sessionId;
        world.goSilent();
        const connections = world.connections();
        world.cut();
        // The first attempt finds a server that does not answer: it must leave time for another one.
        await eventually(() => world.connections() > connections, 'a new connection is tried');
        await other.setData('/kept', data('changed'), 'any');
        world.heal();
        await eventually(() => events.length === 1, 'the change while away was told');
        await other.create('/missing', null, 'persistent');
        await eventually(() => events.length === 2, 'the watch still stands');
        expect(events.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
          'data-changed /kept',
          'created /missing',
        ]);
        expect(session.sessionId).toBe(id);
      });

      test('survive in any number: more than a megabyte of them', async () => {
        const session = world.open({ maxInFlightRequests: 1000 });
        const other = world.openDirect();
        const seen = new Set<string>();
        const watch = (event: WatchEvent): void => void seen.add(event.path);
        const paths = Array.from(
          { length: 25_000 },
          (_, index) => `/a-znode-with-quite-a-long-name-${index}`,
        );
        await Promise.all(paths.map((path) => session.exists(path, { watch })));
        const before = world.connections();
        world.cut();
        // It may be back before anybody has seen it gone.
        await eventually(() => world.connections() > before, 'a new connection');
        await connected(session);
        await session.sync('/');
        await other.create(paths[0]!, null, 'persistent');
        await other.create(paths[24_999]!, null, 'persistent');
        await eventually(() => seen.size === 2, 'the first and the last watch fired');
        expect(world.connections()).toBe(before + 1);
      }, 60_000);
    });

    describe('broken connections', () => {
      test('in the middle of a reply end the call and not the session', async () => {
        const session = world.open();
        await session.create('/big', Buffer.alloc(10_000), 'persistent');
        const id = session.sessionId;
        world.cutNextReplyAfter(100);
        expect(await codeOf(session.getData('/big'))).toBe('ConnectionLoss');
        expect((await session.getData('/big')).data).toHaveLength(10_000);
        expect(session.sessionId).toBe(id);
      });

      test('fail what was on the wire and keep what was not', async () => {
        const session = world.open({ maxInFlightRequests: 2 });
        await session.create('/n', null, 'persistent');
        world.goSilent();
        const calls = Array.from({ length: 5 }, () => codeOf(session.getData('/n')));
        world.cut();
        world.heal();
        expect(await Promise.all(calls)).toEqual(['ConnectionLoss', 'ConnectionLoss', 'ok', 'ok', 'ok']);
      });

      test('that are only silent are noticed within two thirds of the session timeout', async () => {
        const session = world.open({ sessionTimeoutMs: 1500 });
        await session.create('/n', null, 'persistent');
        const start = performance.now();
        world.goSilent();
        expect(await codeOf(session.getData('/n'))).toBe('ConnectionLoss');
        expect(performance.now() - start).toBeLessThan(1400);
        world.heal();
        expect(await codeOf(session.getData('/n'))).toBe('ok');
      });

      test('to a server that never answers the handshake are given up', async () => {
        const session = await world.openOnMuteServer({ sessionTimeoutMs: 1000, callTimeoutMs: 5000 });
        expect(await codeOf(session.exists('/'))).toBe('ok');
      });

      test('to one dead server of two lead to the other', async () => {
        const session = world.openWithDeadServer();
        expect(await codeOf(session.exists('/'))).toBe('ok');
      });

      test('that do not come back end every call by its deadline', async () => {
        const session = world.open({ callTimeoutMs: 300 });
        await connected(session);
        world.goSilent();
        world.cut();
        const start = performance.now();
        expect(await Promise.all([codeOf(session.exists('/')), codeOf(session.exists('/'))])).toEqual([
          'ConnectionLoss',
          'ConnectionLoss',
        ]);
        expect(performance.now() - start).toBeLessThan(2000);
      });

      test('present identities before the calls that waited', async () => {
        const session = world.open();
        await session.addAuth('digest', data('me:pw'));
        await session.create('/mine', null, 'persistent', [{ permissions: 31, scheme: 'auth', id: '' }]);
        for (let round = 0; round < 3; round++) {
          world.cut();
          const calls = Array.from({ length: 5 }, () => codeOf(session.getData('/mine')));
          expect((await Promise.all(calls)).filter((code) => code === 'NoAuth')).toEqual([]);
        }
        await session.setAcl('/mine', OPEN_ACL, 'any');
      });
    });

    test('an error code nobody knows ends one call, and nothing else', async () => {
      const session = world.open();
      await session.exists('/');
      const id = session.sessionId;
      const connections = world.connections();
      world.failNextReply(-4711);
      expect(await codeOf(session.getData('/'))).toBe('Unknown');
      expect(await codeOf(session.exists('/'))).toBe('ok');
      expect([session.sessionId, world.connections()]).toEqual([id, connections]);
    });

    test('an expired session ends every call and tells every watch', async () => {
      const session = world.open();
      const events: WatchEvent[] = [];
      await session.exists('/never', { watch: (event) => void events.push(event) });
      const states: string[] = [];
      session.onState((state) => states.push(state));
      world.goSilent();
      const onWire = codeOf(session.exists('/'));
      await world.expire(session);
      world.cut();
      const waiting = codeOf(session.exists('/'));
      world.heal();
      expect(await onWire).toBe('ConnectionLoss');
      expect(['ConnectionLoss', 'SessionExpired']).toContain(await waiting);
      await eventually(() => session.state === 'expired', 'expired');
      expect(events).toEqual([{ kind: 'session-ended', path: '/never' }]);
      expect(await codeOf(session.exists('/'))).toBe('SessionExpired');
      expect(states.at(-1)).toBe('expired');
    });

    describe('close', () => {
      test('removes the ephemeral znodes at once and ends what comes after', async () => {
        const session = world.open();
        await session.create('/mine', null, 'ephemeral');
        await session.close();
        await session.close();
        expect(await world.openDirect().exists('/mine')).toBeNull();
        expect(session.state).toBe('closed');
        expect(await codeOf(session.exists('/'))).toBe('SessionExpired');
      });

      test('while still connecting leaves nothing behind', async () => {
        const session = world.open();
        const waiting = codeOf(session.create('/late', null, 'persistent'));
        await session.close();
        expect(await waiting).toBe('SessionExpired');
        expect(session.state).toBe('closed');
      });
    });
  });
}
