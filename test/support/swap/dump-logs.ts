/** What the dump tools of both kinds print of the same files. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../conformance/run-program.ts';
import { jvmArguments } from '../jvm-program.ts';

const OURS = fileURLToPath(new URL('../../../bin/kafka-dump-log', import.meta.url));
const DUMPED = /\.(log|index|timeindex|txnindex|snapshot)$/;

export interface Dumps {
  readonly files: number;
  readonly lines: number;
  /** The first lines that differ: the original's and ours. */
  readonly differing: readonly (readonly [string, string])[];
}

export async function dumpBoth(libraries: string, dirs: readonly string[]): Promise<Dumps> {
  const files: string[] = [];
  for (const dir of dirs)
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && DUMPED.test(entry.name)) files.push(join(entry.parentPath, entry.name));
  const args = ['--deep-iteration', '--print-data-log', '--files', files.sort().join(',')];
  const jvm = [...jvmArguments(libraries, 'kafka.tools.DumpLogSegments'), ...args];
  const original = (await runProgram('java', jvm)).split('\n');
  const own = (await runProgram(OURS, args)).split('\n');
  const differing: [string, string][] = [];
  for (let index = 0; index < Math.max(original.length, own.length); index++) {
    const [left = '(no line)', right = '(no line)'] = [original[index], own[index]];
    if (left !== right && differing.length < 5) differing.push([left, right]);
  }
  return { files: files.length, lines: original.length, differing };
}
