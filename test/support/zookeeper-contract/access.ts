/** Sentences about access control: who may do what, by world and by digest. */
import { expect } from '@jest/globals';
import { OPEN_ACL } from '../../../src/zookeeper/index.ts';
import type { Acl } from '../../../src/zookeeper/index.ts';
import type { Sentences } from './index.ts';
import { codeOf, data, recorder } from './stage.ts';

const CREATOR_ALL: readonly Acl[] = [{ permissions: 31, scheme: 'auth', id: '' }];
const WORLD_READ: Acl = { permissions: 1, scheme: 'world', id: 'anyone' };

export const accessSentences: Sentences = {
  'lets everybody do everything when the list says so': async (stage) => {
    const [one, other] = [await stage.open('one'), await stage.open('other')];
    await one.create('/open', null, 'persistent');
    expect((await one.getAcl('/open')).acl).toEqual(OPEN_ACL);
    await other.sync('/open');
    await other.setAcl('/open', OPEN_ACL, 0);
    await other.delete('/open', 'any');
  },

  'keeps others from everything, also from asking whether it is there': async (stage) => {
    const [owner, other] = [await stage.open('owner'), await stage.open('other')];
    await owner.addAuth('digest', data('me:secret'));
    await other.addAuth('digest', data('me:guessed'));
    await owner.create('/mine', data('1'), 'persistent', CREATOR_ALL);
    await owner.create('/mine/c', null, 'persistent', OPEN_ACL);
    await other.sync('/mine');
    const refused = {
      exists: await codeOf(other.exists('/mine')),
      getData: await codeOf(other.getData('/mine')),
      getChildren: await codeOf(other.getChildren('/mine')),
      getAcl: await codeOf(other.getAcl('/mine')),
      setData: await codeOf(other.setData('/mine', null, 'any')),
      // Who may not write is not told the version either.
      setDataOfOldVersion: await codeOf(other.setData('/mine', null, 7)),
      setAcl: await codeOf(other.setAcl('/mine', OPEN_ACL, 'any')),
      create: await codeOf(other.create('/mine/d', null, 'persistent')),
      createWhatIsThere: await codeOf(other.create('/mine/c', null, 'persistent')),
      delete: await codeOf(other.delete('/mine/c', 'any')),
      deleteMissing: await codeOf(other.delete('/mine/none', 'any')),
    };
    expect(new Set(Object.values(refused))).toEqual(new Set(['NoAuth']));
    // A child's list is its own, and a znode is its parent's to delete.
    await other.setData('/mine/c', null, 'any');
    await other
      .delete('/mine', 'any')
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'NotEmpty' }));
    await owner.setData('/mine', data('2'), 0);
  },

  'keeps events from those who may not read, and their watches are spent all the same': async (stage) => {
    const [owner, other] = [await stage.open('owner'), await stage.open('other')];
    await owner.addAuth('digest', data('me:secret'));
    for (const path of ['/mine', '/mine/c', '/open']) await owner.create(path, null, 'persistent');
    await other.sync('/mine');
    const { events, watch } = recorder();
    for (const path of ['/mine', '/open']) {
      await other.getData(path, { watch });
      await other.getChildren(path, { watch });
    }
    await other.exists('/new', { watch });
    await owner.setAcl('/mine', CREATOR_ALL, 'any');
    await owner.setData('/mine', null, 'any');
    await owner.delete('/mine/c', 'any');
    await owner.create('/new', null, 'persistent', CREATOR_ALL);
    await owner.setAcl('/mine', OPEN_ACL, 'any');
    await owner.setAcl('/new', OPEN_ACL, 'any');
    for (const path of ['/mine', '/new', '/open']) await owner.setData(path, null, 'any');
    await owner.create('/mine/c', null, 'persistent');
    await other.sync('/mine');
    expect(events).toEqual(['data-changed /open']);
  },

  'counts in transactions as anywhere': async (stage) => {
    const [owner, other] = [await stage.open('owner'), await stage.open('other')];
    await owner.addAuth('digest', data('me:secret'));
    await owner.create('/mine', null, 'persistent', CREATOR_ALL);
    await other.sync('/mine');
    const failed = await other.multi([
      { op: 'create', path: '/x', data: null, mode: 'persistent' },
      { op: 'check', path: '/mine', version: 0 },
      { op: 'delete', path: '/x', version: 0 },
    ]);
    expect(failed).toMatchObject({ ok: false, errors: ['ok', 'NoAuth', 'RuntimeInconsistency'] });
    const own = await owner.multi([
      { op: 'create', path: '/y', data: null, mode: 'persistent', acl: CREATOR_ALL },
      { op: 'create', path: '/y/z', data: null, mode: 'persistent' },
      { op: 'check', path: '/mine', version: 0 },
    ]);
    expect(own.ok).toBe(true);
  },

  'hides hashes from those who may read and not administer': async (stage) => {
    const [owner, other] = [await stage.open('owner'), await stage.open('other')];
    await owner.addAuth('digest', data('me:secret'));
    await owner.create('/mine', null, 'persistent', [...CREATOR_ALL, WORLD_READ]);
    await other.sync('/mine');
    const digest = { permissions: 31, scheme: 'digest', id: 'me:016djjlksVQS5RgX3M7biBGyYwY=' };
    expect((await owner.getAcl('/mine')).acl).toEqual([digest, WORLD_READ]);
    expect((await other.getAcl('/mine')).acl).toEqual([{ ...digest, id: 'me:x' }, WORLD_READ]);
    expect(await codeOf(other.getData('/mine'))).toBe('ok');
    expect(await codeOf(other.setData('/mine', null, 'any'))).toBe('NoAuth');
  },

  'refuses lists that nobody could mean': async (stage) => {
    const session = await stage.open('client');
    await session.create('/n', null, 'persistent');
    const one = (scheme: string, id: string): Acl[] => [{ permissions: 31, scheme, id }];
    const lists = [[], CREATOR_ALL, one('world', 'me'), one('digest', 'me'), one('unheard-of', 'me')];
    for (const acl of lists) {
      expect(await codeOf(session.setAcl('/n', acl, 'any'))).toBe('InvalidAcl');
      expect(await codeOf(session.create('/none', null, 'persistent', acl))).toBe('InvalidAcl');
      // The list is looked at before the parent.
      expect(await codeOf(session.create('/none/n', null, 'persistent', acl))).toBe('InvalidAcl');
    }
    expect(await session.exists('/n')).toMatchObject({ aclVersion: 0 });
  },

  'holds over a new connection, as the client shows itself again': async (stage) => {
    const owner = await stage.open('owner');
    await owner.addAuth('digest', data('me:secret'));
    await owner.create('/mine', null, 'persistent', CREATOR_ALL);
    stage.cut('owner');
    await stage.until(() => owner.state !== 'connected', 'the connection is gone');
    stage.mend('owner');
    await owner.setData('/mine', data('2'), 0);
  },

  'ends the session of who names a scheme that is none': async (stage) => {
    const session = await stage.open('client');
    const failed = session.addAuth('unheard-of', data('me')).then(
      () => 'ok',
      (error: unknown) => (error as { readonly code: string }).code,
    );
    expect(await failed).toBe('AuthFailed');
    expect(session.state).toBe('auth-failed');
  },
};
