import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findZooKeeper, NoZooKeeperError } from '../../../src/kit/zookeeper/index.ts';
import type { FindZooKeeperOptions, ZooKeeperSource } from '../../../src/kit/zookeeper/index.ts';

let root = '';
let progress: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'klassik-find-'));
  progress = [];
  for (const folder of ['bin', 'debian', 'fetched']) await mkdir(join(root, folder));
  await symlink('/bin/sh', join(root, 'bin', 'sh'));
});
afterEach(() => rm(root, { recursive: true }));

/** A program on a PATH that holds only such. */
async function program(name: string, ...lines: readonly string[]): Promise<void> {
  const file = join(root, 'bin', name);
  await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(file, 0o755);
}

async function homeWith(...files: readonly string[]): Promise<string> {
  const home = join(root, 'home');
  await mkdir(join(home, 'lib'), { recursive: true });
  for (const file of files) await writeFile(join(home, file), '');
  return home;
}

function find(
  environment: Record<string, string> = {},
  more: FindZooKeeperOptions = {},
): Promise<ZooKeeperSource> {
  return findZooKeeper({
    environment: { PATH: join(root, 'bin'), ...environment },
    debianJars: join(root, 'debian'),
    fetchedJars: join(root, 'fetched'),
    mayInstall: false,
    onProgress: (message) => progress.push(message),
    ...more,
  });
}

test('a ZooKeeper that is named is used, the option before the environment, both before all else', async () => {
  const environment = { ZOOKEEPER_CONNECT: 'env:2181', ZOOKEEPER_HOME: '/nowhere' };
  expect(await find(environment)).toMatchObject({ kind: 'running', connect: 'env:2181' });
  expect(await find(environment, { connect: 'given:1/k' })).toMatchObject({ connect: 'given:1/k' });
});

describe('ZOOKEEPER_HOME', () => {
  test('is taken with the jars of its lib folder, before Debian’s', async () => {
    await program('java');
    await writeFile(join(root, 'debian', 'zookeeper.jar'), '');
    const home = await homeWith('lib/zookeeper-3.8.4.jar');
    expect(await find({ ZOOKEEPER_HOME: home })).toMatchObject({
      kind: 'java',
      java: 'java',
      classpath: `${home}/lib/*:${home}/*`,
      description: `ZooKeeper of ZOOKEEPER_HOME (${home})`,
    });
  });

  test('may be an old release, whose jar lies beside lib', async () => {
    await program('java');
    expect(await find({ ZOOKEEPER_HOME: await homeWith('zookeeper-3.4.14.jar') })).toMatchObject({
      kind: 'java',
    });
  });

  test('that holds none, or cannot be started, is an error and not passed over', async () => {
    const home = await homeWith('lib/other.jar');
    const found = find({ ZOOKEEPER_HOME: home });
    await expect(found).rejects.toThrow(NoZooKeeperError);
    await expect(found).rejects.toThrow(`there is no zookeeper-*.jar in ${home}/lib or ${home}`);
    await homeWith('lib/zookeeper-3.8.4.jar');
    await expect(find({ ZOOKEEPER_HOME: home })).rejects.toThrow('there is no java to start it with');
  });
});

test('Java is looked for in JAVA_HOME first', async () => {
  await program('java');
  await writeFile(join(root, 'debian', 'zookeeper.jar'), '');
  const javaHome = { JAVA_HOME: root };
  expect(await find(javaHome)).toMatchObject({ java: join(root, 'bin', 'java') });
  await program('java', 'exit 1');
  await expect(find(javaHome)).rejects.toThrow(NoZooKeeperError);
});

test('Debian’s jars are taken one by one, those that are there, before Maven is asked', async () => {
  await program('java');
  await program('mvn', 'exit 1');
  for (const name of ['zookeeper', 'zookeeper-jute', 'unrelated'])
    await writeFile(join(root, 'debian', `${name}.jar`), '');
  expect(await find()).toMatchObject({
    classpath: `${root}/debian/zookeeper.jar:${root}/debian/zookeeper-jute.jar`,
    description: `ZooKeeper of Debian's libzookeeper-java (${root}/debian)`,
  });
  expect(progress).toEqual([]);
});

/** Maven's copy-dependencies: one jar in the folder its last argument names. */
const FAKE_MAVEN = [
  'for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done',
  'if [ -n "$folder" ]; then mkdir -p "$folder"; : > "$folder/zookeeper-3.8.4.jar"; fi',
];

describe('Maven', () => {
  const path = { PATH: '' };
  beforeEach(async () => {
    path.PATH = `${join(root, 'bin')}:/usr/bin:/bin`;
    await program('java');
  });

  test('fetches once, into a folder that gets its name when it is complete', async () => {
    await program('mvn', ...FAKE_MAVEN);
    expect(await find(path)).toMatchObject({ kind: 'java', classpath: `${root}/fetched/jars/*` });
    expect(progress).toEqual(['fetching ZooKeeper 3.8.4 with Maven into .zookeeper/ ...']);
    await program('mvn', 'exit 1');
    expect(await find(path)).toMatchObject({ classpath: `${root}/fetched/jars/*` });
    expect(await readdir(join(root, 'fetched'))).toEqual(['jars']);
  });

  test('that fails says why, and the next place is looked at', async () => {
    await program('mvn', '[ "$1" = --version ] || { echo "[ERROR] no network"; exit 1; }');
    await program('docker');
    expect(await find(path)).toMatchObject({ kind: 'docker' });
    expect(progress).toContain('Maven could not fetch ZooKeeper: [ERROR] no network');
    expect(await readdir(join(root, 'fetched'))).toEqual([]);
  });
});

describe('Debian’s package', () => {
  const mayInstall = { mayInstall: true };

  test('is installed where that is allowed, with the package lists renewed if need be', async () => {
    const said = join(root, 'said');
    await program(
      'apt-get',
      `echo "$@" >> ${said}`,
      `[ "$1" = update ] && : > ${root}/updated && exit 0`,
      `[ -e ${root}/updated ] || { echo 'E: Unable to locate package' >&2; exit 100; }`,
      `: > ${root}/debian/zookeeper.jar`,
      `: > ${root}/bin/java; chmod 755 ${root}/bin/java`,
    );
    const path = { PATH: `${join(root, 'bin')}:/nowhere` };
    await program('chmod', 'exec /bin/chmod "$@"');
    expect(await find(path, mayInstall)).toMatchObject({
      description: `ZooKeeper of Debian's libzookeeper-java (${root}/debian)`,
    });
    expect(progress).toEqual([
      'installing ZooKeeper: apt-get install -y default-jre-headless libzookeeper-java ...',
    ]);
  });

  test('that cannot be installed says why, and the next place is looked at', async () => {
    await program('apt-get', "echo 'E: Unable to fetch some archives' >&2; exit 100");
    await program('docker');
    expect(await find({}, mayInstall)).toMatchObject({ kind: 'docker' });
    expect(progress[1]).toBe('apt-get could not install ZooKeeper: E: Unable to fetch some archives');
  });

  test('is left alone where we may not install', async () => {
    await program('apt-get', `: > ${root}/debian/zookeeper.jar`);
    await program('java');
    await expect(find()).rejects.toThrow(NoZooKeeperError);
    expect(progress).toEqual([]);
  });
});

test('Docker is the last resort, and counts only with an engine that answers', async () => {
  await program('docker');
  expect(await find()).toMatchObject({ kind: 'docker', image: 'zookeeper:3.8' });
  await program('docker', "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
  await expect(find()).rejects.toThrow(NoZooKeeperError);
});

test('with nothing there the error is what to type', async () => {
  await expect(find()).rejects.toThrow(/Any one of these is enough:.*ZOOKEEPER_CONNECT=.*ZOOKEEPER_HOME=/s);
});
