/**
 * What a command-line tool is: a name, a table of options, and a function from parsed options to an exit code. It
 * prints through `ToolIo`, so tests run it without a process, and the same function serves `kafka-topics`,
 * `kafka-topics.sh` and `klassik topics`.
 */
import type { OptionRow } from './option-row.ts';
import type { ParsedOptions } from './options.ts';

export interface ToolIo {
  /** 'legacy' is the spelling of Kafka (kafka-topics.sh), whose exit codes and texts are kept. */
  readonly spelling: 'legacy' | 'klassik';
  /** 'json' only with the klassik spelling. */
  readonly format: 'text' | 'json';
  readonly stdin: NodeJS.ReadableStream;
  out(text: string | Buffer): void;
  err(text: string): void;
  /** Resolves when standard output takes more; awaited by tools that print without end. */
  drained(): Promise<void>;
  /** Aborted at Ctrl-C or SIGTERM: tools that run until then stop in good order. */
  readonly signal: AbortSignal;
}

export interface Tool {
  /** As in `klassik <name>`; the launcher is `kafka-<name>` unless `launcher` says otherwise. */
  readonly name: string;
  readonly launcher?: string;
  readonly summary: string;
  readonly options: readonly OptionRow[];
  /** Positional arguments, as shown in the help; absent, none are accepted. */
  readonly positional?: string;
  /** All arguments are positional: a tool with a language of its own. */
  readonly rawArguments?: true;
  /** A wrong command line is answered in the words of argparse4j, not of jopt-simple. */
  readonly argparse?: true;
  run(options: ParsedOptions, io: ToolIo): Promise<number>;
}

/** Common to nearly all tools. */
export const BOOTSTRAP: OptionRow = {
  name: 'bootstrap-server',
  argument: 'server to connect to',
  doc: 'REQUIRED: brokers to begin with, as host:port,host:port.',
};

export const COMMAND_CONFIG: OptionRow = {
  name: 'command-config',
  argument: 'properties file',
  doc: 'Client settings, such as how to authenticate.',
};
