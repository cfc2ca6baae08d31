/**
 * What lies in log dirs: each file with its size, its hash and its time. Two states are compared file by file; where
 * the original itself is free (the order of a checkpoint's lines, the date in meta.properties) so is the comparison.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

interface FileState {
  readonly size: number;
  readonly hash: string;
  readonly modifiedMs: number;
  /** Of a checkpoint, to tell where two differ. */
  readonly text: string | undefined;
}

/** By the path below the log dirs' parent. */
export type LogDirState = ReadonlyMap<string, FileState>;

export interface ReadOptions {
  /**
   * A broker has the logs open: the indexes of active segments are there, but what they hold and their size is its own
   * affair until it closes them.
   */
  readonly whileOpen: boolean;
}

const INDEX = /\.(index|timeindex)$/;
const CHECKPOINT = /-checkpoint$/;
/**
 * Folders that wait for their removal have a random name. The original opens them as logs when it starts, which takes
 * their snapshots and epochs away; nobody will ever read them.
 */
const DELETED_FOLDER = /\.[0-9a-f]{32}-delete/;

export async function readLogDirs(
  dirs: readonly string[],
  { whileOpen }: ReadOptions = { whileOpen: false },
): Promise<LogDirState> {
  const files = new Map<string, FileState>();
  const paths = (await Promise.all(dirs.map((dir) => filesBelow(dir)))).flat();
  const active = activeSegments(paths);
  for (const path of paths) {
    const [bytes, { mtimeMs }] = [await readFile(path), await stat(path)];
    if (DELETED_FOLDER.test(path) && !path.endsWith('.log')) continue;
    const isOwnAffair = whileOpen && INDEX.test(path) && active.has(path.replace(INDEX, '.log'));
    const content = isOwnAffair ? '' : comparable(basename(path), bytes);
    files.set(nameOf(path, dirs), {
      size: isOwnAffair ? 0 : bytes.length,
      hash: createHash('sha256').update(content).digest('hex').slice(0, 16),
      modifiedMs: Math.round(mtimeMs),
      text: CHECKPOINT.test(path) ? content.toString() : undefined,
    });
  }
  return files;
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function activeSegments(paths: readonly string[]): ReadonlySet<string> {
  const last = new Map<string, string>();
  for (const path of paths.filter((name) => name.endsWith('.log')).sort()) last.set(dirname(path), path);
  return new Set(last.values());
}

function nameOf(path: string, dirs: readonly string[]): string {
  const dir = dirs.find((parent) => path.startsWith(`${parent}/`))!;
  return join(basename(dir), path.slice(dir.length + 1)).replace(DELETED_FOLDER, '.<uuid>-delete');
}

function comparable(name: string, bytes: Buffer): Buffer | string {
  if (name.endsWith('-offset-checkpoint')) return bytes.toString().split('\n').sort().join('\n');
  if (name === 'meta.properties') return bytes.toString().replace(/^#.*\n/gm, '');
  return bytes;
}

/** Where `found` is not as `expected`: files more or fewer, other bytes; batches that were written anew. */
export function differences(expected: LogDirState, found: LogDirState): string[] {
  const result: string[] = [];
  for (const path of [...new Set([...expected.keys(), ...found.keys()])].sort()) {
    const [left, right] = [expected.get(path), found.get(path)];
    if (left === undefined) result.push(`${path}: not expected (${right!.size} bytes)`);
    else if (right === undefined) result.push(`${path}: missing (${left.size} bytes)`);
    else if (left.text !== right.text)
      result.push(`${path}: ${textDifference(left.text ?? '', right.text ?? '')}`);
    else if (left.size !== right.size) result.push(`${path}: ${right.size} bytes, not ${left.size}`);
    else if (left.hash !== right.hash) result.push(`${path}: other bytes (${left.size})`);
  }
  return result;
}

function textDifference(left: string, right: string): string {
  const [expected, found] = [left.split('\n'), right.split('\n')];
  const without = expected.filter((line) => !found.includes(line));
  const instead = found.filter((line) => !expected.includes(line));
  return `"${instead.join(', ')}", not "${without.join(', ')}"`;
}

/** The `.log` files that both have and that were written to in between, if only with the same bytes. */
export function writtenAnew(before: LogDirState, after: LogDirState): string[] {
  return [...before.keys()]
    .filter((path) => path.endsWith('.log') && after.has(path))
    .filter((path) => before.get(path)?.modifiedMs !== after.get(path)?.modifiedMs)
    .sort();
}
