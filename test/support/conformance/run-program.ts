/** Runs a foreign program to its end, or as long as it has to: what it printed, or an error with all of it. */
import { spawn } from 'node:child_process';

export interface ProgramOptions {
  /** Sent to standard input, which is then closed. */
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** For a program that has no end: told all it printed so far, whether that will do. */
  readonly isEnough?: (stdout: string) => boolean;
}

/** What the program wrote to standard output. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input = '', timeoutMs = 120_000, env = {}, isEnough = () => false }: ProgramOptions = {},
): Promise<string> {
  const child = spawn(command, args, {
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  const enough = { isHad: false };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    enough.isHad ||= isEnough(stdout);
    if (enough.isHad) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.on('error', () => undefined); // it ended without reading all: its exit code tells why
  child.stdin.end(input);
  const orphan = (): void => void child.kill('SIGKILL');
  process.once('exit', orphan);
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code ?? '?'}`));
  });
  process.removeListener('exit', orphan);
  if (enough.isHad || ended === 'exit code 0') return stdout;
  throw new Error(`${command} ${args.join(' ')}\nended with ${ended}\n${tail(stdout)}\n${tail(stderr)}`);
}

/** One JSON value per line. */
export async function runForResults<T>(
  command: string,
  args: readonly string[],
  options?: ProgramOptions,
): Promise<T[]> {
  const stdout = await runProgram(command, args, options);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}

const tail = (text: string): string => text.split('\n').slice(-60).join('\n');
