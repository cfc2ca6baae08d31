/**
 * kafka-server-start: a broker from a properties file, with single values overridden on the command line. It runs in
 * this process until a signal stops it in good order; with -daemon in a process of its own.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { readProperties } from './connect.ts';

export const serverStartTool: Tool = {
  name: 'server-start',
  summary: 'Starts a broker.',
  positional: '[-daemon] server.properties',
  options: [
    { name: 'daemon', doc: 'Run in a process of its own, with output to logs/kafkaServer.out.' },
    { name: 'override', argument: 'property=value', doc: 'A value above that of the file; can be repeated.' },
    { name: 'name', argument: 'name', doc: 'Accepted; names the process in the original.' },
    {
      name: 'strict',
      doc: 'Give up at once when a dead session still holds the broker id, as the original does.',
    },
    {
      name: 'trace',
      argument: 'file',
      doc: 'Write every fact of the live stream to this file, a line of JSON each.',
    },
    { name: 'end-with-stdin', doc: 'Stop when standard input ends: with whoever started this broker.' },
  ],
  async run(options, io) {
    const [file, ...more] = options.positional;
    if (file === undefined) {
      io.out('USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n');
      return 1;
    }
    if (more.length > 0) throw new UsageError(`Found non argument parameters: ${more.join(',')}`, false);
    const properties = { ...readConfigFile(file), ...overridesOf(options) };
    if (options.has('daemon')) return startDaemon('kafka-server-start', 'kafkaServer.out', io);
    if (options.has('end-with-stdin')) stopWithStandardInput();
    const traceFile = options.value('trace');
    const { runBroker } = await import('../broker/index.ts');
    return runBroker(properties, {
      strict: options.has('strict'),
      ...(traceFile === undefined ? {} : { traceFile }),
    });
  },
};

function overridesOf(options: ParsedOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.values('override').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--override takes property=value, not ${pair}`, false);
      return [pair.slice(0, at).trim(), pair.slice(at + 1)];
    }),
  );
}

/** In order if that is possible: who started us is gone, and perhaps its ZooKeeper too. */
function stopWithStandardInput(): void {
  process.stdin.resume();
  process.stdin.on('error', () => undefined);
  process.stdin.once('close', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), ORPHAN_STOP_MS);
  });
}

const ORPHAN_STOP_MS = 10_000;

function readConfigFile(file: string): Readonly<Record<string, string>> {
  try {
    return readProperties(file);
  } catch (error) {
    throw new UsageError(`Cannot read the properties file ${file}: ${messageOf(error)}`, false);
  }
}

/** The same command line without -daemon, detached, with its output in $LOG_DIR (./logs) as the original has it. */
export function startDaemon(launcher: string, outputName: string, io: ToolIo): number {
  const folder = process.env['LOG_DIR'] ?? 'logs';
  mkdirSync(folder, { recursive: true });
  const output = openSync(join(folder, outputName), 'a');
  const script = process.argv[1] ?? '';
  const rest = process.argv.slice(2).filter((each) => !/^--?daemon$/.test(each));
  const named = rest[0] === '--as' ? rest : ['--as', launcher, ...rest];
  const child = spawn(process.execPath, [...process.execArgv, script, ...named], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  child.unref();
  io.err(`${launcher} runs as process ${child.pid ?? '?'}, its output goes to ${join(folder, outputName)}\n`);
  return 0;
}
