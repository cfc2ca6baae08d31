/**
 * What a command-line tool is: a name, a table of options, and a function from parsed options to an exit code. It
 * prints through `ToolIo`, so tests run it without a process, and the same function serves `kafka-topics`,
 * `kafka-topics.sh` and `klassik topics`.
 */
import type { ParsedOptions } from './options.ts';

export interface OptionRow {
  /** Without the two dashes. */
  readonly name: string;
  /** What stands for the value in the help; an option without it is a flag. */
  readonly argument?: string;
  readonly integer?: true;
  /** The value may be left out: `--state` or `--state Stable`. */
  readonly optionalArgument?: true;
  readonly doc: string;
}

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
  run(options: ParsedOptions, io: ToolIo): Promise<number>;
}

/** A wrong command line: the text, then how to use the tool, exit code 1 (2 with the klassik spelling). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly showOptions: boolean;

  constructor(message: string, showOptions = true) {
    super(message);
    this.showOptions = showOptions;
  }
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
