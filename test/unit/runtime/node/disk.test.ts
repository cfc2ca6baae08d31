import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from '../../../../src/runtime/index.ts';
import { NodeDiskFile } from '../../../../src/runtime/node/disk-file.ts';
import { DiskLane } from '../../../../src/runtime/node/disk-threads.ts';
import { createNodeRuntime, NodeClock } from '../../../../src/runtime/node/index.ts';
import { InlineWrites } from '../../../../src/runtime/node/inline-writes.ts';

let folder = '';
let disk: Disk;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klassik-disk-'));
  disk = createNodeRuntime().disk;
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

describe('a folder', () => {
  test('tells its folders from its files, through links too', async () => {
    await disk.makeFolder(at('b'));
    await disk.makeFolder(at('a/below'));
    await writeFile(at('file'), '');
    await symlink(at('a'), at('link'));
    await symlink(at('nowhere'), at('dangling'));
    expect(await disk.listFolders(folder)).toEqual(['a', 'b', 'link']);
    await expect(disk.listFolders(at('missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is made with the folders above it, and may be there already', async () => {
    await disk.makeFolder(at('a/b/c'));
    await disk.makeFolder(at('a/b/c'));
    expect((await disk.stat(at('a/b/c')))?.isFolder).toBe(true);
    await writeFile(at('file'), '');
    await expect(disk.makeFolder(at('file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(disk.makeFolder(at('file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('that takes no children is told at once', async () => {
    await expect(disk.makeFolder('/proc/nope')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is known under one absolute path, and so is its file system', async () => {
    expect(disk.absolutePath('/a//b/../c//')).toBe('/a/b/../c');
    expect(disk.absolutePath('logs')).toBe(`${process.cwd()}/logs`);
    const { totalBytes, usableBytes } = await disk.space(folder);
    expect(usableBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(usableBytes);
  });

  test('under two names is locked once', async () => {
    await disk.makeFolder(at('a'));
    await symlink(at('a'), at('b'));
    const lock = await disk.lock(at('a/.lock'));
    expect(await disk.lock(at('b/.lock'))).toBeUndefined();
    await lock?.release();
  });
});

describe('a file', () => {
  test('takes more buffers at once than the system does, at the place that was named', async () => {
    const file = await disk.open(at('log'), 'write');
    const buffers = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index},`));
    await file.writev([Buffer.from('head '), ...buffers, Buffer.alloc(0)], 0);
    await file.writev([Buffer.from('HEAD')], 0);
    await file.sync();
    const expected = `HEAD ${Array.from({ length: 3000 }, (_, index) => index).join(',')},`;
    expect((await readFile(at('log'))).toString()).toBe(expected);
    expect(await file.size()).toBe(expected.length);
    await file.close();
  });

  test('takes small and large writes, also while it is being synced', async () => {
    const file = await disk.open(at('log'), 'write');
    const large = Buffer.alloc(300_000, 'l');
    const syncing = file.sync();
    expect(file.writeNow([Buffer.from('while syncing,')], 0)).toBe(false);
    await file.writev([Buffer.from('while syncing,')], 0);
    await syncing;
    await file.writev([Buffer.from('small,'), Buffer.from('small too,')], 14);
    expect(file.writeNow([large], 30)).toBe(false);
    await file.writev([large], 30);
    expect((await readFile(at('log'))).toString('latin1')).toBe(
      `while syncing,small,small too,${large.toString('latin1')}`,
    );
    await file.close();
    await expect(file.writev([Buffer.from('late')], 0)).rejects.toThrow();
  });

  test('is read whole, whatever its length', async () => {
    for (const length of [0, 1, 4095, 4096, 4097, 8192, 100_000]) {
      const data = Buffer.from(Array.from({ length }, (_, index) => index % 251));
      await writeFile(at('whole'), data);
      expect((await disk.readFile(at('whole'))).equals(data)).toBe(true);
    }
    await expect(disk.readFile(at('missing'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.readFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test('takes small writes at once where they may be made without a thread', async () => {
    const inlineWrites = new InlineWrites(new NodeClock(), { isStuck: false });
    const lane = new DiskLane({ threadsMax: () => 4, inlineWrites: () => inlineWrites });
    const file = new NodeDiskFile(at('log'), await open(at('log'), 'w+'), lane);
    const syncing = file.sync();
    expect(file.writeNow([Buffer.from('while syncing')], 0)).toBe(false);
    await syncing;
    expect(file.writeNow([Buffer.from('small,'), Buffer.from('small too')], 2)).toBe(true);
    expect(file.writeNow([Buffer.alloc(300_000)], 30)).toBe(false);
    expect((await readFile(at('log'))).toString('latin1')).toBe('\0\0small,small too');
    await file.close();
    expect(() => file.writeNow([Buffer.from('late')], 0)).toThrow();
  });

  test('is read as far as it reaches, and truncated', async () => {
    await writeFile(at('log'), '0123456789');
    const file = await disk.open(at('log'), 'write');
    const buffer = Buffer.alloc(8);
    expect(await file.read(buffer, 6)).toBe(4);
    expect(buffer.toString('latin1', 0, 4)).toBe('6789');
    expect(await file.read(buffer, 100)).toBe(0);
    await file.truncate(3);
    expect(await file.size()).toBe(3);
    await file.close();
  });

  test('must exist to be read, and is emptied when it is replaced', async () => {
    await expect(disk.open(at('none'), 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(at('old'), 'content');
    await (await disk.open(at('old'), 'write')).close();
    expect((await disk.stat(at('old')))?.size).toBe(7);
    await (await disk.open(at('old'), 'replace')).close();
    expect((await disk.stat(at('old')))?.size).toBe(0);
  });
});

test('folders are made, listed in order, synced, renamed and removed', async () => {
  await disk.makeFolder(at('a/b'));
  await disk.makeFolder(at('a/b'));
  for (const name of ['z', 'a', 'm']) await disk.writeFile(at(`a/b/${name}`), name);
  expect(await disk.list(at('a/b'))).toEqual(['a', 'm', 'z']);
  await disk.rename(at('a/b/z'), at('a/b/a'));
  await disk.syncFolder(at('a/b'));
  expect((await disk.readFile(at('a/b/a'))).toString()).toBe('z');
  expect(await disk.stat(at('a/b'))).toMatchObject({ isFolder: true });
  expect(await disk.stat(at('a/b/a/x'))).toBeUndefined();
  await disk.setModifiedMs(at('a/b/a'), 1_600_000_000_123);
  expect(Math.abs((await disk.stat(at('a/b/a')))!.modifiedMs - 1_600_000_000_123)).toBeLessThanOrEqual(1);
  await disk.removeFile(at('a/b/m'));
  await disk.removeFile(at('a/b/m'));
  await disk.removeFolder(at('a'));
  await disk.removeFolder(at('a'));
  expect(await disk.stat(at('a'))).toBeUndefined();
});

describe('the lock of a log folder', () => {
  test('is held once, by whomever in this process, and can be taken again after its release', async () => {
    const lock = await disk.lock(at('logs/.lock'));
    expect(lock).toBeDefined();
    expect(await disk.lock(at('logs/.lock'))).toBeUndefined();
    expect(await createNodeRuntime().disk.lock(at('logs/../logs/.lock'))).toBeUndefined();
    await lock!.release();
    const again = await disk.lock(at('logs/.lock'));
    expect(again).toBeDefined();
    await again!.release();
  });

  // Takes the lock as kafka.utils.FileLock does; run from its source, which a JDK can do and a JRE cannot.
  const JAVA = `import java.nio.channels.FileChannel;
    import java.nio.file.Path;
    import java.nio.file.StandardOpenOption;
    public class Lock {
      public static void main(String[] args) throws Exception {
        FileChannel channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.READ, StandardOpenOption.WRITE);
        System.out.println(channel.tryLock() == null ? "busy" : "locked");
        System.in.read();
      }
    }`;
  const [JVM, COMPILER] = ['java', 'javac'];
  const hasJdk = ((): boolean => {
    try {
      execFileSync(COMPILER, ['-version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  const withJdk = hasJdk ? test : test.skip;

  withJdk(
    'keeps a JVM out and is kept out by one',
    async () => {
      await writeFile(at('Lock.java'), JAVA);
      const runJava = async (): Promise<{ readonly said: string; end(): Promise<void> }> => {
        const java = spawn(JVM, [at('Lock.java'), at('.lock')], { stdio: ['pipe', 'pipe', 'inherit'] });
        const ended = once(java, 'exit');
        const [output] = (await once(java.stdout, 'data')) as [Buffer];
        const end = async (): Promise<void> => {
          java.stdin.end();
          await ended;
        };
        return { said: output.toString().trim(), end };
      };
      const ours = await disk.lock(at('.lock'));
      const first = await runJava();
      expect(first.said).toBe('busy');
      await first.end();
      await ours!.release();
      const second = await runJava();
      expect(second.said).toBe('locked');
      expect(await disk.lock(at('.lock'))).toBeUndefined();
      await second.end();
      const taken = await disk.lock(at('.lock'));
      expect(taken).toBeDefined();
      await taken!.release();
    },
    60_000,
  );
});
