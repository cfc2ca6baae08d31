/** Sentences about watches: once each, in order with the answers, and across connections. */
import { expect } from '@jest/globals';
import { readWatcherEvent, requests, XID } from '../../../src/zookeeper/engine/records.ts';
import { OPEN_ACL } from '../../../src/zookeeper/index.ts';
import type { ZooKeeperSession } from '../../../src/zookeeper/index.ts';
import type { Sentences } from './index.ts';
import { codeOf, recorder } from './stage.ts';
import type { ZooKeeperStage } from './stage.ts';

/** What one who watches sees of what another does: everything that is told before the watcher's own next answer. */
async function seen(
  stage: ZooKeeperStage,
  prepare: (session: ZooKeeperSession, watch: ReturnType<typeof recorder>['watch']) => Promise<unknown>,
  act: (session: ZooKeeperSession) => Promise<unknown>,
): Promise<string[]> {
  const [watcher, actor] = [await stage.open('watcher'), await stage.open('actor')];
  await watcher.sync('/');
  const { events, watch } = recorder();
  await prepare(watcher, watch);
  await actor.sync('/');
  await act(actor);
  await watcher.sync('/');
  return events;
}

export const watchSentences: Sentences = {
  'fire once, for the first change of their kind': async (stage) => {
    const events = await seen(
      stage,
      async (session, watch) => {
        await session.create('/w', null, 'persistent');
        await session.getData('/w', { watch });
        await session.getChildren('/w', { watch });
        await session.exists('/missing', { watch });
      },
      async (session) => {
        await session.setAcl('/w', OPEN_ACL, 'any');
        await session.create('/w/c', null, 'persistent');
        await session.setData('/w/c', null, 'any');
        await session.setData('/w', null, 'any');
        await session.setData('/w', null, 'any');
        await session.create('/w/d', null, 'persistent');
        await session.create('/missing', null, 'persistent');
        await session.setData('/missing', null, 'any');
      },
    );
    expect(events).toEqual(['children-changed /w', 'data-changed /w', 'created /missing']);
  },

  'tell of a deletion once, whoever watches data and children, and tell the parent': async (stage) => {
    const events = await seen(
      stage,
      async (session, watch) => {
        await session.create('/p', null, 'persistent');
        await session.create('/p/w', null, 'persistent');
        await session.getChildren('/p', { watch });
        await session.getData('/p', { watch });
        await session.getData('/p/w', { watch });
        await session.exists('/p/w', { watch });
        await session.getChildren('/p/w', { watch });
      },
      (session) => session.delete('/p/w', 'any'),
    );
    expect(events).toEqual(['deleted /p/w', 'children-changed /p']);
  },

  'are not left behind by a read that fails, nor by one that asks for none': async (stage) => {
    const events = await seen(
      stage,
      async (session, watch) => {
        await session.create('/w', null, 'persistent');
        expect(await codeOf(session.getData('/missing', { watch }))).toBe('NoNode');
        expect(await codeOf(session.getChildren('/missing', { watch }))).toBe('NoNode');
        await session.getData('/w');
        await session.getChildren('/w');
      },
      async (session) => {
        await session.create('/missing', null, 'persistent');
        await session.create('/missing/c', null, 'persistent');
        await session.create('/w/c', null, 'persistent');
        await session.setData('/w', null, 'any');
      },
    );
    expect(events).toEqual([]);
  },

  'hear of the steps of a transaction in their order, and nothing of one that fails': async (stage) => {
    const events = await seen(
      stage,
      async (session, watch) => {
        await session.create('/w', null, 'persistent');
        await session.exists('/x', { watch });
        await session.getChildren('/w', { watch });
        await session.getData('/w', { watch });
      },
      async (session) => {
        const failed = await session.multi([
          { op: 'setData', path: '/w', data: null, version: 'any' },
          { op: 'check', path: '/w', version: 7 },
        ]);
        expect(failed.ok).toBe(false);
        await session.multi([
          { op: 'create', path: '/x', data: null, mode: 'persistent' },
          { op: 'setData', path: '/w', data: null, version: 'any' },
          { op: 'create', path: '/w/c', data: null, mode: 'persistent' },
          { op: 'delete', path: '/x', version: 'any' },
        ]);
      },
    );
    expect(events).toEqual(['created /x', 'data-changed /w', 'children-changed /w']);
  },

  'tell of ephemeral znodes that go with their session': async (stage) => {
    const events = await seen(
      stage,
      async (session, watch) => {
        const owner = await stage.open('owner');
        await owner.create('/e', null, 'ephemeral');
        await session.sync('/e');
        await session.exists('/e', { watch });
        await owner.close();
      },
      (session) => session.exists('/'),
    );
    expect(events).toEqual(['deleted /e']);
  },

  'are told before the answer to the change, and before every answer that shows it': async (stage) => {
    const { chroot } = stage.place;
    const path = `${chroot}/w`;
    const wire = await stage.wire('client');
    const [, , , changed, shown] = wire.send([
      requests.create(path, null, 'persistent', OPEN_ACL),
      requests.getData(path, true),
      requests.getChildren(path, true),
      requests.setData(path, null, 'any'),
      requests.getData(path, true),
      requests.create(`${path}/c`, null, 'persistent', OPEN_ACL),
      requests.delete(`${path}/c`, 'any'),
      requests.delete(path, 'any'),
    ]);
    await stage.until(() => wire.replies.length === 11, 'all is answered and told');
    const order = wire.replies.map(({ xid, body }) =>
      xid === XID.NOTIFICATION ? `event ${readWatcherEvent(body).type}` : xid,
    );
    expect(order).toEqual([1, 2, 3, 'event 3', changed, shown, 'event 4', 6, 7, 'event 2', 8]);
    expect(wire.replies.every(({ error }) => error === 0)).toBe(true);
  },

  'are set again on a new connection, where what changed meanwhile is told at once': async (stage) => {
    const [watcher, actor] = [await stage.open('watcher'), await stage.open('actor')];
    for (const name of ['/data', '/gone', '/children', '/same', '/same/c', '/bare'])
      await actor.create(name, null, 'persistent');
    await watcher.sync('/');
    const { events, watch } = recorder();
    for (const name of ['/data', '/gone', '/same']) await watcher.getData(name, { watch });
    for (const name of ['/children', '/same', '/bare']) await watcher.getChildren(name, { watch });
    for (const name of ['/made', '/still-missing']) await watcher.exists(name, { watch });
    const { sessionId } = watcher;
    stage.cut('watcher');
    await actor.setData('/data', null, 'any');
    await actor.delete('/gone', 'any');
    await actor.create('/children/c', null, 'persistent');
    await actor.create('/made', null, 'persistent');
    await actor.delete('/bare', 'any');
    await actor.setData('/same/c', null, 'any');
    stage.mend('watcher');
    await stage.until(() => events.length >= 5, 'what was missed is told');
    await watcher.sync('/');
    expect(watcher.sessionId).toBe(sessionId);
    expect([...events].sort()).toEqual([
      'children-changed /children',
      'created /made',
      'data-changed /data',
      'deleted /bare',
      'deleted /gone',
    ]);
    events.length = 0;
    await actor.create('/still-missing', null, 'persistent');
    await actor.setData('/same', null, 'any');
    await actor.create('/same/d', null, 'persistent');
    await actor.setData('/data', null, 'any');
    await watcher.sync('/');
    expect(events).toEqual(['created /still-missing', 'data-changed /same', 'children-changed /same']);
  },
};
