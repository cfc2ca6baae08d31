/**
 * zookeeper-shell: looks at znodes and changes them, one command from the command line or many from standard input.
 * `zookeeper-shell localhost:2181 get /controller` prints what a broker wrote, byte for byte, in its last line.
 */
import { createInterface } from 'node:readline';
import { createNodeRuntime } from '../../runtime/node/index.ts';
import { openZooKeeperSession } from '../../zookeeper/index.ts';
import type { ZooKeeperSession } from '../../zookeeper/index.ts';
import { messageOf, UsageError } from '../cli/index.ts';
import type { Tool, ToolIo } from '../cli/index.ts';
import { COMMANDS, explain, printEvent } from './commands.ts';
import type { Arguments, Command, ShellIo } from './commands.ts';

const SESSION_TIMEOUT_MS = 30_000;
const NOT_FOUND = 127;
const ENDINGS: ReadonlySet<string> = new Set(['quit', 'exit', 'close']);

export const zookeeperShellTool: Tool = {
  name: 'zookeeper-shell',
  launcher: 'zookeeper-shell',
  summary: 'Looks at the znodes of ZooKeeper and changes them.',
  positional: 'host:port[/chroot] [command]',
  options: [],
  rawArguments: true,
  async run(options, io) {
    const [server, ...words] = withoutTlsFile(options.positional);
    if (server === undefined) {
      throw new UsageError(
        'USAGE: zookeeper-shell zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]',
        false,
      );
    }
    const shell: ShellIo = { out: (line) => io.out(`${line}\n`), err: (line) => io.err(`${line}\n`) };
    shell.out(`Connecting to ${server}`);
    if (words.length > 0) return once(server, words, shell);
    return interactive(server, io, shell);
  },
};

function withoutTlsFile(words: readonly string[]): readonly string[] {
  if (words.includes('-zk-tls-config-file'))
    throw new UsageError('-zk-tls-config-file is not supported yet: this shell speaks plain TCP', false);
  return words;
}

/** One command and its exit code. What cannot be understood is told before anything is connected. */
async function once(server: string, words: readonly string[], shell: ShellIo): Promise<number> {
  const parsed = parse(words);
  if (typeof parsed === 'number') return tellUsage(words, parsed, shell);
  const session = await open(server, shell);
  try {
    return await perform(session, parsed, shell);
  } finally {
    await session.close();
  }
}

async function interactive(server: string, io: ToolIo, shell: ShellIo): Promise<number> {
  shell.out('Welcome to ZooKeeper!\nJLine support is disabled');
  const session = await open(server, shell);
  let exitCode = 0;
  let number = 0;
  const prompt = (): void => {
    if (process.stdin.isTTY) io.out(`[zk: ${server}(CONNECTED) ${number}] `);
  };
  try {
    prompt();
    for await (const line of createInterface({ input: io.stdin })) {
      const words = splitWords(line);
      const [name] = words;
      if (name !== undefined && ENDINGS.has(name)) {
        printEvent(shell, 'Closed');
        break;
      }
      const parsed = name === undefined ? undefined : parse(words);
      if (typeof parsed === 'number') exitCode = tellUsage(words, parsed, shell);
      else if (parsed !== undefined) exitCode = await perform(session, parsed, shell);
      number += 1;
      prompt();
    }
    return exitCode;
  } finally {
    await session.close();
  }
}

async function open(server: string, shell: ShellIo): Promise<ZooKeeperSession> {
  const { network, clock, timers, random, logger } = createNodeRuntime();
  const session = openZooKeeperSession({
    connect: server,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    callTimeoutMs: SESSION_TIMEOUT_MS,
    network,
    clock,
    timers,
    random,
    logger,
  });
  await session.exists('/'); // Waits for the first connection, or fails when there is none in time.
  printEvent(shell, 'SyncConnected');
  return session;
}

interface Parsed {
  readonly command: Command;
  readonly args: Arguments;
}

/** The command with its arguments, or the exit code of what is wrong with it. */
function parse([name = '', ...rest]: readonly string[]): Parsed | number {
  const command = COMMANDS[name];
  if (command === undefined) return NOT_FOUND;
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (command.flags?.includes(word) === true) flags.add(word);
    else if (command.valueFlags?.includes(word) === true) values.set(word, rest[++at] ?? '');
    else words.push(word);
  }
  return words.length < command.words ? 1 : { command, args: { flags, values, words } };
}

async function perform(
  session: ZooKeeperSession,
  { command, args }: Parsed,
  shell: ShellIo,
): Promise<number> {
  try {
    await command.run(session, args, shell);
    return 0;
  } catch (thrown) {
    shell.err(explain(thrown, args.words[0] ?? '') ?? messageOf(thrown));
    return 1;
  }
}

function tellUsage([name = '']: readonly string[], exitCode: number, shell: ShellIo): number {
  const command = COMMANDS[name];
  if (command !== undefined) {
    shell.err(`${name} ${command.usage}`);
    return exitCode;
  }
  shell.err('zookeeper-shell host:port[/chroot] command arguments');
  for (const [each, { usage }] of Object.entries(COMMANDS)) shell.err(`\t${each} ${usage}`);
  shell.err('\tquit');
  if (name !== 'help') shell.err(`Command not found: Command not found ${name}`);
  return name === 'help' ? 0 : exitCode;
}

/** Words at blanks; quotes hold a word with blanks together. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}
