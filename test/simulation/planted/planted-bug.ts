/**
 * A planted bug: a patch of a line or two to production code that breaks a promise, with what it breaks at its top:
 *
 *     # room: replication
 *     # found by: strong-isr
 *     # What is wrong, in a sentence.
 *     diff --git ...
 *
 * The soak has to find each: a checker that never accused anybody proves nothing.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface PlantedBug {
  readonly name: string;
  readonly path: string;
  /** Of src/, where the wrong line stands. */
  readonly room: string;
  /** The rule, or the anomaly, that should accuse it. */
  readonly foundBy: string;
  readonly what: string;
  readonly diff: string;
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const HEADER = /^# room: (.+)\n# found by: (.+)\n((?:# .+\n)+)/;

/** In the order of rooms, then of names. */
export async function plantedBugs(): Promise<PlantedBug[]> {
  const names = (await readdir(FOLDER)).filter((file) => file.endsWith('.patch'));
  const bugs = await Promise.all(names.map((file) => readBug(file.slice(0, -'.patch'.length))));
  return bugs.sort((one, other) => compare(one.room, other.room) || compare(one.name, other.name));
}

async function readBug(name: string): Promise<PlantedBug> {
  const path = `${FOLDER}${name}.patch`;
  const text = await readFile(path, 'utf8');
  const [head, room, foundBy, lines] = HEADER.exec(text) ?? [];
  if (head === undefined)
    throw new Error(`${path} does not begin with its room, what finds it and what is wrong`);
  const what = lines!.replace(/\n# /g, ' ').slice(2).trim();
  return { name, path, room: room!, foundBy: foundBy!, what, diff: text.slice(head.length) };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Plants it in the copy of the repository at `root`; with `isCheck` only looks whether that works. */
export async function plant(bug: PlantedBug, root: string, { isCheck = false } = {}): Promise<void> {
  const args = ['apply', '--whitespace=nowarn', ...(isCheck ? ['--check'] : []), bug.path];
  await promisify(execFile)('git', args, { cwd: root });
}
