/** `klassik protocol show Fetch 12`: the code that reads or writes a message, for people who want to see it. */
import { Option, type Command } from 'commander';
import { APIS, renderProtocolShow } from '../protocol/index.ts';
import type { ToolIo } from './cli/index.ts';

export function addProtocolCommands(program: Command, io: ToolIo): void {
  const protocol = program.command('protocol').description('Looks into the wire protocol.');
  outputOption(
    protocol.command('list').description('The requests a broker serves, with their versions.'),
  ).action(({ output }: { readonly output: string }) => {
    const apis = APIS.map(({ key, name, minVersion, maxVersion }) => ({ key, name, minVersion, maxVersion }));
    if (output === 'json') return io.out(`${JSON.stringify({ apis })}\n`);
    for (const { key, name, minVersion, maxVersion } of apis)
      io.out(`${String(key).padStart(3)}  ${name.padEnd(32)}${minVersion} to ${maxVersion}\n`);
  });
  outputOption(
    protocol
      .command('show')
      .description('The generated code of a message, such as Fetch, FetchRequest or OffsetCommitValue.')
      .argument('<name>', 'a message, or an API: then its request and its response')
      .argument('<version>', 'one of those `klassik protocol list` shows')
      .option('--encode', 'how it is written')
      .option('--decode', 'how it is read (the default)'),
  ).action((name: string, version: string, options: { readonly encode?: true; readonly output: string }) => {
    const direction = options.encode === true ? 'encode' : 'decode';
    const code = renderProtocolShow(name, Number(version), direction);
    if (options.output === 'json')
      io.out(`${JSON.stringify({ name, version: Number(version), direction, code })}\n`);
    else io.out(code);
  });
}

/** Text for people, JSON for programs. */
export function outputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how it is printed').choices(['text', 'json']).default('text'),
  );
}
