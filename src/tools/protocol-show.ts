/** `klassik protocol show Fetch 12`: the code that reads or writes a message, for people who want to see it. */
import type { Command } from 'commander';
import { APIS, renderProtocolShow } from '../protocol/index.ts';
import type { ToolIo } from './cli/index.ts';

export function addProtocolCommands(program: Command, io: ToolIo): void {
  const protocol = program.command('protocol').description('Looks into the wire protocol.');
  protocol
    .command('list')
    .description('The requests a broker serves, with their versions.')
    .action(() => {
      for (const api of APIS) {
        io.out(
          `${String(api.key).padStart(3)}  ${api.name.padEnd(32)}${api.minVersion} to ${api.maxVersion}\n`,
        );
      }
    });
  protocol
    .command('show')
    .description('The generated code of a message, such as Fetch, FetchRequest or OffsetCommitValue.')
    .argument('<name>')
    .argument('<version>')
    .option('--encode', 'how it is written')
    .option('--decode', 'how it is read (the default)')
    .action((name: string, version: string, options: { readonly encode?: true }) => {
      io.out(renderProtocolShow(name, Number(version), options.encode === true ? 'encode' : 'decode'));
    });
}
