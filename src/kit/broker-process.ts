/**
 * One broker as a process of its own: started from a properties file, writing its log to a file, followed by its pid.
 * What a person would do with kafka-server-start, kill -9 and kill, in the same way.
 *
 * Invariant: a broker that is not detached does not outlive the process that started it, even one killed with -9: it
 * ends when its standard input does. It is in a process group of its own, so that Ctrl-C in a terminal reaches us
 * alone, and brokers are stopped in order.
 */
import { spawn } from 'node:child_process';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BROKER_HEAP_OPTIONS } from './broker-heap.ts';
import { endProcess, runsWith } from './processes.ts';

/** Works from src/ and from dist/: both lie one level below the root. */
const KLASSIK = fileURLToPath(new URL('../../bin/klassik.js', import.meta.url));
const STARTED = /\[KafkaServer id=(\d+)\] started \(kafka\.server\.KafkaServer\)/;
const LISTENING = /Awaiting socket connections on \S*:(\d+)/;
const POLL_MS = 25;

export interface BrokerFiles {
  readonly properties: string;
  readonly log: string;
  readonly pid: string;
}

/** A broker that ended before it served, with the last lines of its log. */
export class BrokerFailedError extends Error {
  override readonly name = 'BrokerFailedError';
}

/** Starts the broker and waits until it serves; resolves with the port of its first listener. */
export async function startBrokerProcess(options: {
  readonly id: number;
  readonly files: BrokerFiles;
  readonly detached: boolean;
  readonly timeoutMs: number;
  readonly nodeOptions?: readonly string[];
  readonly launcherOptions?: readonly string[];
}): Promise<number> {
  const { id, files, detached, timeoutMs, nodeOptions = [], launcherOptions = [] } = options;
  const logFile = await open(files.log, 'a');
  const logStart = (await logFile.stat()).size;
  const child = spawn(
    process.execPath,
    [
      ...BROKER_HEAP_OPTIONS,
      ...nodeOptions,
      KLASSIK,
      ...['--as', 'kafka-server-start', files.properties, ...launcherOptions],
      ...(detached ? [] : ['--end-with-stdin']),
    ],
    {
      stdio: [detached ? 'ignore' : 'pipe', logFile.fd, logFile.fd],
      detached: true,
      windowsHide: true,
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  await logFile.close();
  if (child.pid === undefined) throw new BrokerFailedError(`broker ${id} could not be started`);
  if (detached) child.unref();
  // A broker that is gone already is found out below.
  child.stdin?.on('error', () => undefined);
  await writeFile(files.pid, `${child.pid}\n`);

  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const text = (await readFile(files.log)).subarray(logStart).toString('utf8');
    if (STARTED.test(text)) return Number(LISTENING.exec(text)?.[1] ?? 0);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new BrokerFailedError(
        `broker ${id} ended while it started (${child.signalCode ?? `exit code ${child.exitCode ?? '?'}`}); ` +
          `the end of ${files.log}:\n${lastLines(text)}`,
      );
    await sleep(POLL_MS);
  }
  child.kill('SIGKILL');
  throw new BrokerFailedError(`broker ${id} did not serve within ${timeoutMs / 1000} s; see ${files.log}`);
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-15).join('\n');
}

/** The pid of the running broker, or undefined when it is not running. */
export async function runningPid(files: BrokerFiles): Promise<number | undefined> {
  const text = await readFile(files.pid, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  return pid > 0 && (await runsWith(pid, files.properties)) ? pid : undefined;
}

/** Signals a broker and waits until it is gone. False when it did not run, or outlived `timeoutMs`. */
export async function endBrokerProcess(
  files: BrokerFiles,
  signal: 'SIGTERM' | 'SIGKILL',
  timeoutMs: number,
): Promise<boolean> {
  const pid = await runningPid(files);
  if (pid === undefined || !(await endProcess(pid, signal, timeoutMs))) return false;
  await rm(files.pid, { force: true });
  return true;
}
