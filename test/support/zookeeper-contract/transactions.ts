/** Sentences about multi: whole or not at all, each step seeing those before it, one zxid for all. */
import { expect } from '@jest/globals';
import type { MultiResult } from '../../../src/zookeeper/index.ts';
import type { Sentences } from './index.ts';
import { codeOf, data } from './stage.ts';

const errorsOf = (result: MultiResult): readonly string[] => (result.ok ? ['all is well'] : result.errors);

export const transactionSentences: Sentences = {
  'do every step, each on what the steps before it left, at one moment': async (stage) => {
    const session = await stage.open('client');
    const result = await session.multi([
      { op: 'create', path: '/t', data: null, mode: 'persistent' },
      { op: 'setData', path: '/t', data: data('1'), version: 0 },
      { op: 'check', path: '/t', version: 1 },
      { op: 'create', path: '/t/n-', data: null, mode: 'persistent-sequential' },
      { op: 'create', path: '/t/n-', data: null, mode: 'ephemeral-sequential' },
      { op: 'create', path: '/gone', data: null, mode: 'persistent' },
      { op: 'delete', path: '/gone', version: 0 },
    ]);
    expect(result).toMatchObject({
      ok: true,
      results: [
        { op: 'create', path: '/t' },
        { op: 'setData', stat: { version: 1, dataLength: 1, numChildren: 0 } },
        { op: 'check' },
        { op: 'create', path: '/t/n-0000000000' },
        { op: 'create', path: '/t/n-0000000001' },
        { op: 'create', path: '/gone' },
        { op: 'delete' },
      ],
    });
    const stat = (await session.exists('/t'))!;
    const child = (await session.exists('/t/n-0000000001'))!;
    expect([stat.mzxid, stat.pzxid, child.czxid]).toEqual([stat.czxid, stat.czxid, stat.czxid]);
    expect(child.ephemeralOwner).toBe(session.sessionId);
    expect(await session.exists('/gone')).toBeNull();
  },

  'do nothing when a step fails, and say of each step what came of it': async (stage) => {
    const session = await stage.open('client');
    await session.create('/t', data('0'), 'persistent');
    await session.create('/t/child', null, 'persistent');
    const before = await session.getData('/t');
    const step = { op: 'setData', path: '/t', data: data('x'), version: 'any' } as const;
    const failures = {
      check: await session.multi([{ op: 'check', path: '/t', version: 1 }, step]),
      checkMissing: await session.multi([step, { op: 'check', path: '/none', version: 'any' }, step, step]),
      create: await session.multi([step, { op: 'create', path: '/t', data: null, mode: 'persistent' }]),
      createBelowMissing: await session.multi([
        { op: 'create', path: '/none/n', data: null, mode: 'persistent' },
      ]),
      delete: await session.multi([step, { op: 'delete', path: '/t', version: 'any' }]),
      deleteTwice: await session.multi([
        { op: 'delete', path: '/t/child', version: 0 },
        { op: 'delete', path: '/t/child', version: 0 },
      ]),
      setData: await session.multi([step, { ...step, version: 0 }]),
      belowAnEphemeral: await session.multi([
        { op: 'create', path: '/e', data: null, mode: 'ephemeral' },
        { op: 'create', path: '/e/child', data: null, mode: 'persistent' },
      ]),
    };
    expect(
      Object.fromEntries(Object.entries(failures).map(([name, result]) => [name, errorsOf(result)])),
    ).toEqual({
      check: ['BadVersion', 'RuntimeInconsistency'],
      checkMissing: ['ok', 'NoNode', 'RuntimeInconsistency', 'RuntimeInconsistency'],
      create: ['ok', 'NodeExists'],
      createBelowMissing: ['NoNode'],
      delete: ['ok', 'NotEmpty'],
      deleteTwice: ['ok', 'NoNode'],
      setData: ['ok', 'BadVersion'],
      belowAnEphemeral: ['ok', 'NoChildrenForEphemerals'],
    });
    expect(await session.getData('/t')).toEqual(before);
    expect(await session.exists('/e')).toBeNull();
    expect(await session.exists('/t/child')).not.toBeNull();
  },

  'that fail use up no sequence number and no version': async (stage) => {
    const session = await stage.open('client');
    await session.create('/t', null, 'persistent');
    const failed = await session.multi([
      { op: 'create', path: '/t/n-', data: null, mode: 'persistent-sequential' },
      { op: 'setData', path: '/t', data: null, version: 0 },
      { op: 'setData', path: '/t', data: null, version: 0 },
    ]);
    expect(errorsOf(failed)).toEqual(['ok', 'ok', 'BadVersion']);
    expect(await session.exists('/t')).toMatchObject({ version: 0, childrenVersion: 0, numChildren: 0 });
    expect((await session.create('/t/n-', null, 'persistent-sequential')).path).toBe('/t/n-0000000000');
  },

  'of two sessions exclude each other by a version': async (stage) => {
    const [one, other] = [await stage.open('one'), await stage.open('other')];
    await one.create('/epoch', data('0'), 'persistent');
    await other.sync('/epoch');
    const claim = (by: string) =>
      [
        { op: 'check', path: '/epoch', version: 0 },
        { op: 'setData', path: '/epoch', data: data(by), version: 'any' },
        { op: 'create', path: `/won-by-${by}`, data: null, mode: 'persistent' },
      ] as const;
    const results = await Promise.all([one.multi(claim('one')), other.multi(claim('other'))]);
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true]);
    await one.sync('/epoch');
    const winner = (await one.getData('/epoch')).data!.toString();
    expect(winner).toBe(results[0].ok ? 'one' : 'other');
    expect([await codeOf(one.getData('/won-by-one')), await codeOf(one.getData('/won-by-other'))]).toEqual(
      winner === 'one' ? ['ok', 'NoNode'] : ['NoNode', 'ok'],
    );
  },
};
