/**
 * Runs a tool: parses its command line, answers --help and --version, and turns what it throws into the exit code and
 * the place (stdout, stderr) where scripts around Kafka look for it.
 */
import { parseOptions } from './options.ts';
import type { Tool, ToolIo } from './tool.ts';
import { UsageError } from './usage-error.ts';
import { usageOf } from './usage.ts';

/** The version whose behaviour the tools have. */
export const VERSION = '3.9.1 (Klassik)';

export async function runTool(tool: Tool, argv: readonly string[], io: ToolIo): Promise<number> {
  const usageExit = io.spelling === 'klassik' ? 2 : 1;
  try {
    const options = parseOptions(tool, argv);
    if (options.has('help')) {
      // Kafka's tools print their help to stderr and exit with 1; the klassik spelling does what people expect.
      if (io.spelling === 'klassik') io.out(usageOf(tool));
      else io.err(usageOf(tool));
      return io.spelling === 'klassik' ? 0 : 1;
    }
    if (options.has('version')) {
      io.out(`${VERSION}\n`);
      return 0;
    }
    if (argv.length === 0 && tool.options.length > 0 && tool.positional === undefined) {
      io.err(usageOf(tool));
      return usageExit;
    }
    return await tool.run(options, io);
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      io.err(`${thrown.message}\n`);
      if (thrown.showOptions) io.err(usageOf(tool));
      return usageExit;
    }
    io.err(`${messageOf(thrown)}\n`);
    return 1;
  }
}

export function messageOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown
    ? String(thrown.message)
    : String(thrown);
}
