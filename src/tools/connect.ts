/** How a tool reaches the cluster its options name. */
import { readFileSync } from 'node:fs';
import { parseProperties } from '../config/index.ts';
import { UsageError } from './cli/index.ts';
import type { ParsedOptions } from './cli/index.ts';
import { ClusterClient } from './client/index.ts';

/** A client for --bootstrap-server (or the older --broker-list), with the settings of --command-config. */
export function connect(options: ParsedOptions, settings = settingsOf(options)): Promise<ClusterClient> {
  const servers = options.value('bootstrap-server') ?? options.value('broker-list');
  if (servers === undefined) throw new UsageError('Missing required argument "[bootstrap-server]"');
  const protocol = settings['security.protocol'] ?? 'PLAINTEXT';
  if (protocol !== 'PLAINTEXT') {
    throw new UsageError(
      `security.protocol ${protocol} is not supported by the tools yet, only PLAINTEXT`,
      false,
    );
  }
  const timeout = settings['default.api.timeout.ms'] ?? settings['request.timeout.ms'];
  return Promise.resolve(
    new ClusterClient({
      bootstrapServers: servers.split(',').map((each) => each.trim()),
      clientId: settings['client.id'] ?? 'adminclient-1',
      onUnreachable: (reason, timeoutMs) =>
        void process.stderr.write(
          `no broker answers at ${servers} yet (${reason}), trying on for ${timeoutMs / 1000} s\n`,
        ),
      ...(timeout === undefined ? {} : { timeoutMs: Number(timeout) }),
    }),
  );
}

function settingsOf(options: ParsedOptions): Readonly<Record<string, string>> {
  const file = options.value('command-config');
  return file === undefined ? {} : readProperties(file);
}

export function readProperties(file: string): Readonly<Record<string, string>> {
  return parseProperties(readFileSync(file, 'utf8'));
}

/** `--property k=v` options above the properties of a file that another option names. */
export function propertiesOf(
  options: ParsedOptions,
  fileOption: string,
  pairOption: string,
): Readonly<Record<string, string>> {
  const file = options.value(fileOption);
  const pairs = options.values(pairOption).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1)];
  });
  return { ...(file === undefined ? {} : readProperties(file)), ...Object.fromEntries(pairs) };
}
