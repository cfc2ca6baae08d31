import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkLogDirs, claimLogDirs, type LogDirIdentity } from '../../../src/broker/log-dir-identity.ts';
import { createNodeRuntime } from '../../../src/runtime/node/index.ts';

const runtime = createNodeRuntime();
let root = '';

beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'klassik-dirs-'))));
afterEach(() => rm(root, { recursive: true }));

async function dirOf(name: string, lines: string): Promise<string> {
  const dir = join(root, name);
  await mkdir(dir);
  if (lines !== '') await writeFile(join(dir, 'meta.properties'), `version=0\n${lines}`);
  return dir;
}

const check = (dirs: readonly string[], brokerId: number): Promise<LogDirIdentity> =>
  checkLogDirs(runtime, dirs, { clusterId: 'here', brokerId });

test('dirs of this broker are taken, and fresh ones are told', async () => {
  const used = await dirOf('used', 'broker.id=3\ncluster.id=here\n');
  const fresh = await dirOf('fresh', '');
  expect(await check([used, fresh], 3)).toEqual({ storedBrokerId: 3, fresh: [fresh], failed: [] });
  expect(await check([used], -1)).toMatchObject({ storedBrokerId: 3 });
});

test('a dir of another cluster is refused with both ids, where it lies and the two ways out', async () => {
  const dir = await dirOf('stray', 'broker.id=3\ncluster.id=elsewhere\n');
  const refused = check([dir], 3);
  await expect(refused).rejects.toThrow(
    `Invalid cluster.id in: ${dir}/meta.properties. Expected here, but read elsewhere`,
  );
  await expect(refused).rejects.toThrow(/correct it.*remove/s);
});

test('a dir of another broker is refused with both ids and the two ways out', async () => {
  const own = await dirOf('own', 'broker.id=3\ncluster.id=here\n');
  const other = await dirOf('other', 'broker.id=4\ncluster.id=here\n');
  const refused = check([own, other], 3);
  await expect(refused).rejects.toThrow(
    `Configured broker.id 3 doesn't match stored broker.id 4 in ${other}/meta.properties`,
  );
  await expect(refused).rejects.toThrow(/set broker.id=4.*log.dirs of its own/s);
  await expect(check([own, other], -1)).rejects.toThrow('The log dirs belong to different brokers: 3 and 4');
});

test('a dir that cannot be read is left out as long as there is another', async () => {
  const own = await dirOf('own', 'broker.id=3\ncluster.id=here\n');
  const file = join(root, 'file');
  await writeFile(file, '');
  const strange = await dirOf('strange', 'version=7\n');
  await mkdir(join(root, 'taken', 'meta.properties'), { recursive: true });
  const taken = join(root, 'taken');
  expect(await check([taken, own, strange], 3)).toEqual({
    storedBrokerId: 3,
    fresh: [],
    failed: [taken, strange],
  });
  await expect(check([taken], 3)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('a dir that cannot be written is left out as long as there is another', async () => {
  const fresh = join(root, 'fresh');
  const file = join(root, 'file');
  await writeFile(file, '');
  const impossible = join(file, 'below');
  const claim = (dirs: readonly string[], failed: readonly string[] = []): Promise<readonly string[]> =>
    claimLogDirs(
      runtime,
      dirs,
      { fresh: dirs.filter((dir) => !failed.includes(dir)), failed },
      { clusterId: 'here', brokerId: 3 },
    );
  expect(await claim([impossible, fresh])).toEqual([impossible]);
  expect(await check([fresh], 3)).toEqual({ storedBrokerId: 3, fresh: [], failed: [] });
  await expect(claim(['/elsewhere', impossible], ['/elsewhere'])).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('the same dir twice is refused', async () => {
  const dir = await dirOf('own', '');
  await expect(check([dir, dir], 3)).rejects.toThrow(`Duplicate log directory found: ${dir}`);
});
