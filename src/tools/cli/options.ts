/**
 * Command lines as Kafka's tools take them (jopt-simple): `--option value` or `--option=value`, options may be
 * repeated, and any prefix that fits one option only stands for it. commander does the parsing; the step before it
 * spells prefixes out and gives unknown options the words users of Kafka know.
 */
import { Command, CommanderError } from 'commander';
import type { OptionRow } from './option-row.ts';
import { UsageError } from './usage-error.ts';

/** What parsing needs to know of a tool. */
interface OptionTable {
  readonly name: string;
  readonly rawArguments?: true;
  readonly argparse?: true;
  readonly options: readonly OptionRow[];
  readonly positional?: string;
}

const COMMON: readonly OptionRow[] = [
  { name: 'help', doc: 'Shows this.' },
  { name: 'version', doc: 'Shows the version of Kafka that Klassik is.' },
];

/** What the libraries of the original's tools say, jopt-simple's in most of them. */
interface Words {
  unknownOption(name: string): string;
  missingValue(name: string): string;
}

const JOPT_SIMPLE: Words = {
  unknownOption: (name) => `${name} is not a recognized option`,
  missingValue: (name) => `Option ${name} requires an argument`,
};

const ARGPARSE: Words = {
  unknownOption: (name) => `unrecognized arguments: '--${name}'`,
  missingValue: (name) => `argument --${name}: expected one argument`,
};

export class ParsedOptions {
  readonly positional: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>, positional: readonly string[]) {
    this.#values = values;
    this.positional = positional;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of an option that is given once. */
  value(name: string): string | undefined {
    const values = this.values(name);
    if (values.length > 1)
      throw new UsageError(`Found multiple arguments for option ${name}, but you asked for only one`, false);
    return values[0];
  }

  required(name: string): string {
    const value = this.value(name);
    if (value === undefined) throw new UsageError(`Missing required argument "[${name}]"`);
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : Number(value);
  }
}

export function parseOptions(tool: OptionTable, argv: readonly string[]): ParsedOptions {
  if (tool.rawArguments === true && !['--help', '--version'].includes(argv[0] ?? '')) {
    return new ParsedOptions(new Map(), argv);
  }
  const rows = optionsOf(tool);
  const words = tool.argparse === true ? ARGPARSE : JOPT_SIMPLE;
  const values = new Map<string, string[]>();
  const command = new Command(tool.name)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
    .helpOption(false)
    .allowExcessArguments(true);
  for (const row of rows) {
    const value = row.optionalArgument === true ? ' [value]' : ' <value>';
    const flags = `--${row.name}${row.argument === undefined ? '' : value}`;
    command.option(flags, row.doc);
    command.on(`option:${row.name}`, (value: string | null) => {
      values.set(row.name, [...(values.get(row.name) ?? []), ...(value === null ? [] : [value])]);
    });
  }
  try {
    command.parse(spelledOut(rows, argv, words), { from: 'user' });
  } catch (thrown) {
    throw thrown instanceof CommanderError ? asUsageError(thrown, words) : thrown;
  }
  const parsed = new ParsedOptions(values, command.args);
  checkIntegers(rows, parsed);
  if (tool.positional === undefined && command.args.length > 0 && tool.options.length > 0) {
    throw new UsageError(`${command.args[0] ?? ''} is not a recognized argument`, false);
  }
  return parsed;
}

export function optionsOf(tool: OptionTable): readonly OptionRow[] {
  return [...tool.options, ...COMMON.filter((row) => !tool.options.some(({ name }) => name === row.name))];
}

/** Replaces prefixes by full names: `--boot` is `--bootstrap-server`. */
function spelledOut(rows: readonly OptionRow[], argv: readonly string[], words: Words): string[] {
  const result: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const token = argv[index] ?? '';
    if (token === '--') return [...result, ...argv.slice(index)];
    // `-daemon` with one dash is how Kafka's server scripts are called.
    const single = rows.some(({ name }) => token === `-${name}`);
    const [, typed, rest = ''] = /^--([^=]+)(=.*)?$/s.exec(single ? `-${token}` : token) ?? [];
    if (typed === undefined) {
      result.push(token);
      continue;
    }
    const row = find(rows, typed, words);
    result.push(`--${row.name}${rest}`);
    const value = argv[index + 1];
    const mayFollow = row.optionalArgument !== true || value?.startsWith('-') === false;
    // A value may begin with a dash (--offset -1): it is given to commander in one piece with its option.
    if (row.argument !== undefined && rest === '' && value !== undefined && mayFollow) {
      result[result.length - 1] = `--${row.name}=${value}`;
      index += 1;
    }
  }
  return result;
}

function find(rows: readonly OptionRow[], typed: string, words: Words): OptionRow {
  const exact = rows.find((row) => row.name === typed);
  if (exact !== undefined) return exact;
  const [first, ...more] = rows.filter((row) => row.name.startsWith(typed));
  if (first === undefined) throw new UsageError(words.unknownOption(typed), false);
  if (more.length > 0)
    throw new UsageError(
      `${typed} is an ambiguous option: ${[first, ...more].map((row) => row.name).join(', ')}`,
      false,
    );
  return first;
}

function asUsageError(error: CommanderError, words: Words): UsageError {
  const [, name] = /--([\w.-]+)/.exec(error.message) ?? [];
  if (error.code === 'commander.optionMissingArgument' && name !== undefined) {
    return new UsageError(words.missingValue(name), false);
  }
  return new UsageError(error.message.replace(/^error: /, ''), false);
}

function checkIntegers(rows: readonly OptionRow[], parsed: ParsedOptions): void {
  for (const row of rows.filter((each) => each.integer === true)) {
    const wrong = parsed.values(row.name).find((value) => !/^-?\d+$/.test(value));
    if (wrong !== undefined) {
      throw new UsageError(`Cannot parse argument '${wrong}' of option ${row.name}`, false);
    }
  }
}
