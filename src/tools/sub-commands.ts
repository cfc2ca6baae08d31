/**
 * The command among the positional arguments of a tool, for the tools of Kafka that have several:
 * `kafka-cluster cluster-id`, `kafka-features describe`.
 */
import { UsageError, type ParsedOptions } from './cli/index.ts';

export function commandOf<Command extends string>(
  { positional }: ParsedOptions,
  commands: readonly Command[],
): Command {
  const [typed, ...more] = positional;
  if (typed === undefined) throw new UsageError('too few arguments');
  const command = commands.find((one) => one === typed);
  if (command !== undefined && more.length === 0) return command;
  const choices = commands.map((one) => `'${one}'`).join(', ');
  throw new UsageError(`invalid choice: '${more[0] ?? typed}' (choose from ${choices})`);
}
