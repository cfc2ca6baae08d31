/** The original's command-line tools, each run as a JVM of its own, for those who record what they print. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { kafkaLibraries } from './kafka-jars.ts';
import { jvmArguments } from './jvm-program.ts';

/** What a tool printed, and how it ended. */
export interface Printed {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function runOriginal(className: string, argv: readonly string[]): Promise<Printed> {
  const libraries = kafkaLibraries();
  if (libraries === null) throw new Error("the original's jars are needed");
  const child = spawn('java', [...jvmArguments(libraries, className), ...argv]);
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { exitCode, out, err };
}

/** Of what is logged the message, and nothing of a stack trace. */
export function firstMessage(err: string): string {
  const line = err.trim().split('\n')[0]?.trim() ?? '';
  if (/^(java|com)\./.test(line)) return '';
  return line.replace(/^\[[^\]]*\] /, '').replace(/ \(org\.apache\.\S+\)$/, '');
}
