/** Sentences about znodes: versions, complaints, sequences and what a Stat says. */
import { expect } from '@jest/globals';
import { requests } from '../../../src/zookeeper/engine/records.ts';
import { OPEN_ACL, zkErrorName } from '../../../src/zookeeper/index.ts';
import type { Sentences } from './index.ts';
import { codeOf, data } from './stage.ts';

export const znodeSentences: Sentences = {
  'are written, read and deleted under the version that is expected, 0 included': async (stage) => {
    const session = await stage.open('client');
    await session.create('/a', data('1'), 'persistent');
    expect(await codeOf(session.setData('/a', data('x'), 1))).toBe('BadVersion');
    expect((await session.setData('/a', data('2'), 0)).version).toBe(1);
    expect(await codeOf(session.setData('/a', data('x'), 0))).toBe('BadVersion');
    expect(await codeOf(session.delete('/a', 0))).toBe('BadVersion');
    expect((await session.getData('/a')).data).toEqual(data('2'));
    await session.delete('/a', 1);
    expect(await codeOf(session.getData('/a'))).toBe('NoNode');
    // Made anew it begins anew.
    await session.create('/a', null, 'persistent');
    expect((await session.exists('/a'))?.version).toBe(0);
    await session.setData('/a', null, 'any');
    await session.delete('/a', 'any');
  },

  'complain of what is missing, there already, or not empty': async (stage) => {
    const session = await stage.open('client');
    await session.create('/a', null, 'persistent');
    await session.create('/a/b', null, 'persistent');
    await session.create('/e', null, 'ephemeral');
    const codes = {
      missingParent: await codeOf(session.create('/none/b', null, 'persistent')),
      there: await codeOf(session.create('/a', null, 'persistent')),
      ofEphemeral: await codeOf(session.create('/e/child', null, 'persistent')),
      sequenceOfEphemeral: await codeOf(session.create('/e/child-', null, 'persistent-sequential')),
      full: await codeOf(session.delete('/a', 'any')),
      // The version is looked at first.
      fullAndOld: await codeOf(session.delete('/a', 7)),
      deleteMissing: await codeOf(session.delete('/none', 7)),
      setMissing: await codeOf(session.setData('/none', null, 7)),
      childrenOfMissing: await codeOf(session.getChildren('/none')),
      aclOfMissing: await codeOf(session.getAcl('/none')),
      setAclOfMissing: await codeOf(session.setAcl('/none', OPEN_ACL, 'any')),
    };
    expect(codes).toEqual({
      missingParent: 'NoNode',
      there: 'NodeExists',
      ofEphemeral: 'NoChildrenForEphemerals',
      sequenceOfEphemeral: 'NoChildrenForEphemerals',
      full: 'NotEmpty',
      fullAndOld: 'BadVersion',
      deleteMissing: 'NoNode',
      setMissing: 'NoNode',
      childrenOfMissing: 'NoNode',
      aclOfMissing: 'NoNode',
      setAclOfMissing: 'NoNode',
    });
    expect(await session.exists('/none')).toBeNull();
    await session.sync('/none');
  },

  'of the server itself cannot be deleted': async (stage) => {
    const session = await stage.open('client', { connect: stage.place.servers });
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])
      expect([path, await codeOf(session.delete(path, 'any'))]).toEqual([path, 'BadArguments']);
    expect([...(await session.getChildren('/zookeeper')).children].sort()).toEqual(['config', 'quota']);
  },

  'tell null data from empty data': async (stage) => {
    const session = await stage.open('client');
    await session.create('/null', null, 'persistent');
    await session.create('/empty', Buffer.alloc(0), 'persistent');
    expect((await session.getData('/null')).data).toBeNull();
    expect((await session.getData('/empty')).data).toEqual(Buffer.alloc(0));
    await session.setData('/empty', null, 'any');
    expect((await session.getData('/empty')).data).toBeNull();
    expect((await session.exists('/null'))?.dataLength).toBe(0);
  },

  'have numbers in their names that count the children there have been, not those there are': async (
    stage,
  ) => {
    const session = await stage.open('client');
    await session.create('/q', null, 'persistent');
    const made = async (mode: 'persistent-sequential' | 'ephemeral-sequential'): Promise<string> =>
      (await session.create('/q/n-', null, mode)).path;
    expect(await made('persistent-sequential')).toBe('/q/n-0000000000');
    expect(await made('ephemeral-sequential')).toBe('/q/n-0000000001');
    await session.delete('/q/n-0000000001', 'any');
    await session.create('/q/plain', null, 'persistent');
    expect(await codeOf(session.create('/q/plain', null, 'persistent'))).toBe('NodeExists');
    expect(await made('persistent-sequential')).toBe('/q/n-0000000003');
    expect((await session.create('/q/', null, 'persistent-sequential')).path).toBe('/q/0000000004');
    // The name of a plain znode may be the next number's.
    await session.create('/q/n-0000000006', null, 'persistent');
    expect(await codeOf(made('persistent-sequential'))).toBe('NodeExists');
    expect(await codeOf(session.create('/none/n-', null, 'persistent-sequential'))).toBe('NoNode');
  },

  'say in their Stat what was done to them, to their children and to their list': async (stage) => {
    const session = await stage.open('client');
    await session.create('/s', data('123'), 'persistent');
    const made = (await session.exists('/s'))!;
    expect(made).toMatchObject({
      version: 0,
      childrenVersion: 0,
      aclVersion: 0,
      ephemeralOwner: 0n,
      dataLength: 3,
      numChildren: 0,
    });
    expect([made.mzxid, made.pzxid, made.mtimeMs]).toEqual([made.czxid, made.czxid, made.ctimeMs]);

    const written = await session.setData('/s', data('12345'), 0);
    expect(written).toMatchObject({ version: 1, dataLength: 5, czxid: made.czxid, pzxid: made.czxid });
    expect(written.mzxid).toBeGreaterThan(made.mzxid);

    await session.create('/s/a', null, 'persistent');
    await session.create('/s/b', null, 'ephemeral');
    const full = (await session.exists('/s'))!;
    expect(full).toMatchObject({ version: 1, childrenVersion: 2, numChildren: 2, mzxid: written.mzxid });
    const child = (await session.exists('/s/b'))!;
    expect(full.pzxid).toBe(child.czxid);
    expect(child.ephemeralOwner).toBe(session.sessionId);

    await session.delete('/s/a', 'any');
    const emptier = (await session.exists('/s'))!;
    expect(emptier).toMatchObject({ version: 1, childrenVersion: 3, numChildren: 1 });
    expect(emptier.pzxid).toBeGreaterThan(full.pzxid);
    // What happens to a child's data is no affair of its parent.
    await session.setData('/s/b', data('x'), 'any');
    expect(await session.exists('/s')).toEqual(emptier);

    const listed = await session.setAcl('/s', OPEN_ACL, 0);
    expect(listed).toEqual({ ...emptier, aclVersion: 1 });
    expect(await codeOf(session.setAcl('/s', OPEN_ACL, 0))).toBe('BadVersion');
    const [read, children] = [await session.getData('/s'), await session.getChildren('/s')];
    expect([read.stat, children.stat, (await session.getAcl('/s')).stat]).toEqual([listed, listed, listed]);
  },

  'have zxids that grow with every write, also with one that fails': async (stage) => {
    const { chroot } = stage.place;
    const wire = await stage.wire('client');
    wire.send([
      requests.create(`${chroot}/z`, null, 'persistent', OPEN_ACL),
      requests.create(`${chroot}/z`, null, 'persistent', OPEN_ACL),
      requests.exists(`${chroot}/z`, false),
      requests.setData(`${chroot}/z`, null, 'any'),
    ]);
    await stage.until(() => wire.replies.length === 4, 'all is answered');
    const [made, refused, read, written] = wire.replies;
    expect([made, refused, read, written].map((reply) => reply?.xid)).toEqual([1, 2, 3, 4]);
    expect(zkErrorName(refused!.error)).toBe('NodeExists');
    expect(refused!.zxid).toBeGreaterThan(made!.zxid);
    expect(read!.zxid).toBeGreaterThanOrEqual(refused!.zxid);
    expect(written!.zxid).toBeGreaterThan(refused!.zxid);
  },
};
