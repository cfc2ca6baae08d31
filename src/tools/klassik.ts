/**
 * The `klassik` command: all of Kafka's tools under one name, with JSON output, honest exit codes (0 done, 1 failed,
 * 2 wrong command line) and commands of its own.
 */
import { Command, CommanderError } from 'commander';
import { runTool, VERSION } from './cli/index.ts';
import type { ToolIo } from './cli/index.ts';
import { TOOLS } from './all-tools.ts';
import { addClusterCommands } from './cluster-commands.ts';
import { KafkaError } from '../protocol/index.ts';
import { addProtocolCommands } from './protocol-show.ts';
import { addVerifyCommand } from './verify/verify-command.ts';

export async function runKlassik(argv: readonly string[], io: ToolIo): Promise<number> {
  let exitCode = 0;
  const program = new Command('klassik')
    .description('Classic Apache Kafka, the one with ZooKeeper, alive in TypeScript.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .version(VERSION, '--version', 'show the version of Kafka that Klassik is')
    .enablePositionalOptions();
  for (const tool of TOOLS) {
    program
      .command(tool.name)
      .description(tool.summary)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .passThroughOptions()
      .argument('[arguments...]')
      .action(async (args: readonly string[]) => {
        const { format, rest } = outputFormat(args);
        exitCode = await runTool(tool, rest, withFormat(io, format));
      });
  }
  addClusterCommands(program, io, (code) => (exitCode = code));
  addVerifyCommand(program, io, (code) => (exitCode = code));
  addProtocolCommands(program, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof KafkaError) {
      io.err(`${thrown.message}\n`);
      return 1;
    }
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 || thrown.code === 'commander.help' ? 0 : 2;
  }
}

/** The same streams; made by prototype, because a spread would read `signal` and with it take Ctrl-C over. */
function withFormat(io: ToolIo, format: ToolIo['format']): ToolIo {
  return Object.create(io, { format: { value: format } }) as ToolIo;
}

/** Takes `-o json` (or `-o text`) out of a tool's arguments. */
function outputFormat(args: readonly string[]): { format: ToolIo['format']; rest: readonly string[] } {
  const at = args.indexOf('-o');
  if (at < 0) return { format: 'text', rest: args };
  return { format: args[at + 1] === 'json' ? 'json' : 'text', rest: args.toSpliced(at, 2) };
}
