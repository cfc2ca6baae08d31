/** The original's kafka-dump-log, run over many command lines in one JVM (test/conformance/java/DumpLogs.java). */
import { runProgram } from './conformance/run-program.ts';
import { jvmArguments } from './jvm-program.ts';

export interface Dumped {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

const TIMEOUT_MS = 300_000;

export async function runOriginalDumpLog(
  libraries: string,
  commandLines: readonly (readonly string[])[],
): Promise<readonly Dumped[]> {
  const stdout = await runProgram('java', jvmArguments(libraries, 'DumpLogs.java'), {
    input: commandLines.map((args) => `${args.join('\t')}\n`).join(''),
    timeoutMs: TIMEOUT_MS,
  });
  const lines = stdout.split('\n').slice(0, -1);
  if (lines.length !== commandLines.length)
    throw new Error(`${lines.length} of ${commandLines.length} command lines ran`);
  return lines.map((line) => {
    const [exitCode, out = '', err = ''] = line.split('\t');
    const text = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
    return { exitCode: Number(exitCode), out: text(out), err: text(err) };
  });
}
