/** The original's kafka-dump-log, run over many command lines in one JVM (test/conformance/java/DumpLogs.java). */
import { spawnSync } from 'node:child_process';
import { jvmArguments } from './jvm-program.ts';

export interface Dumped {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const TIMEOUT_MS = 300_000;

export function runOriginalDumpLog(
  libraries: string,
  commandLines: readonly (readonly string[])[],
): readonly Dumped[] {
  const ran = spawnSync('java', jvmArguments(libraries, 'DumpLogs.java'), {
    input: commandLines.map((args) => `${args.join('\t')}\n`).join(''),
    maxBuffer: OUTPUT_BYTES_MAX,
    timeout: TIMEOUT_MS,
  });
  const lines = ran.stdout.toString().split('\n').slice(0, -1);
  if (ran.status !== 0 || lines.length !== commandLines.length)
    throw new Error(`${lines.length} of ${commandLines.length} command lines ran:\n${ran.stderr.toString()}`);
  return lines.map((line) => {
    const [exitCode, out = '', err = ''] = line.split('\t');
    const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
    return { exitCode: Number(exitCode), out: text(out), err: text(err) };
  });
}
