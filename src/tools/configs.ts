/**
 * kafka-configs: shows and changes the settings of topics, brokers and their loggers while the cluster runs, in Kafka's
 * own output. Settings of clients, users and addresses (quotas, credentials) are not among them yet.
 */
import { KafkaError } from '../protocol/index.ts';
import { BOOTSTRAP, COMMAND_CONFIG, messageOf, UsageError } from './cli/index.ts';
import type { ParsedOptions, Tool, ToolIo } from './cli/index.ts';
import { alterConfigs, describeConfigs } from './client/index.ts';
import type { ClusterClient, ConfigEntity, DescribedConfigs } from './client/index.ts';
import { changesOf, checkArguments, entityOf } from './config-arguments.ts';
import type { ConfigChanges } from './config-arguments.ts';
import { connect } from './connect.ts';

/** The sources of DescribeConfigs, by their numbers. */
const SOURCES: readonly string[] = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
];

export const configsTool: Tool = {
  name: 'configs',
  summary: 'Shows and changes the settings of topics, brokers and their loggers.',
  options: [
    BOOTSTRAP,
    COMMAND_CONFIG,
    { name: 'alter', doc: 'Change settings.' },
    { name: 'describe', doc: 'Show the settings that were changed.' },
    { name: 'all', doc: 'With --describe: all settings, defaults too.' },
    {
      name: 'add-config',
      argument: 'k1=v1,k2=[v2,v3]',
      doc: 'Settings to add or replace; square brackets hold a value with commas together.',
    },
    {
      name: 'add-config-file',
      argument: 'properties file',
      doc: 'A file of settings to add or replace.',
    },
    { name: 'delete-config', argument: 'k1,k2', doc: 'Settings to set back to their defaults.' },
    { name: 'entity-type', argument: 'type', doc: 'Whose settings: topics, brokers or broker-loggers.' },
    { name: 'entity-name', argument: 'name', doc: 'The name of the topic or the id of the broker.' },
    { name: 'entity-default', doc: 'The default of all brokers.' },
    { name: 'topic', argument: 'topic', doc: 'Short for --entity-type topics --entity-name.' },
    { name: 'broker', argument: 'id', doc: 'Short for --entity-type brokers --entity-name.' },
    { name: 'broker-defaults', doc: 'Short for --entity-type brokers --entity-default.' },
    { name: 'broker-logger', argument: 'id', doc: 'Short for --entity-type broker-loggers --entity-name.' },
    { name: 'client', argument: 'id', doc: 'Not supported yet.' },
    { name: 'client-defaults', doc: 'Not supported yet.' },
    { name: 'user', argument: 'principal', doc: 'Not supported yet.' },
    { name: 'user-defaults', doc: 'Not supported yet.' },
    { name: 'ip', argument: 'address', doc: 'Not supported yet.' },
    { name: 'ip-defaults', doc: 'Not supported yet.' },
    { name: 'force', doc: 'Accepted; nothing is asked.' },
  ],
  async run(options, io) {
    checkArguments(options);
    const changes = changesOf(options);
    const client = await connect(options);
    try {
      if (options.has('alter')) await alter(client, options, changes, io);
      else await describe(client, options, io);
      return 0;
    } catch (thrown) {
      if (thrown instanceof UsageError) throw thrown;
      // Some errors come without words of their own: the name at least says what it was.
      const told = thrown instanceof KafkaError ? `${thrown.error}: ${thrown.message}` : messageOf(thrown);
      io.err(`Error while executing config command: ${told}\n`);
      return 1;
    } finally {
      await client.close();
    }
  },
};

async function alter(
  client: ClusterClient,
  options: ParsedOptions,
  { added, deleted }: ConfigChanges,
  io: ToolIo,
): Promise<void> {
  const { type, name = '' } = entityOf(options);
  const entity = { type, name };
  const own = new Set(
    changedOnly(entity, await describeConfigs(client, entity)).map((config) => config.name),
  );
  // A logger need not have a level of its own to be let go, but it must be there.
  const isLogger = type === 'broker-loggers';
  const invalid = [...deleted, ...(isLogger ? added.keys() : [])].filter((each) => !own.has(each));
  if (invalid.length > 0)
    throw new UsageError(
      `Invalid ${isLogger ? 'broker logger(s)' : 'config(s)'}: ${invalid.join(',')}`,
      false,
    );
  await alterConfigs(client, entity, added, deleted);
  if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', updated: entity })}\n`);
  else if (name === '') io.out(`Completed updating default config for ${type} in the cluster.\n`);
  else io.out(`Completed updating config for ${type.slice(0, -1)} ${name}.\n`);
}

async function describe(client: ClusterClient, options: ParsedOptions, io: ToolIo): Promise<void> {
  const all = options.has('all');
  const found: { readonly entity: ConfigEntity; readonly configs: DescribedConfigs }[] = [];
  for (const entity of await entitiesOf(client, options)) {
    if (io.format === 'text') io.out(`${titleOf(entity, all)}\n`);
    const described = await describeConfigs(client, entity);
    const configs = all ? described : changedOnly(entity, described);
    found.push({ entity, configs });
    if (io.format === 'text') io.out(linesOf(configs));
  }
  if (io.format === 'json') io.out(`${JSON.stringify({ apiVersion: 'klassik/v1', configs: found })}\n`);
}

/** The entity that is named, or each there is. */
async function entitiesOf(client: ClusterClient, options: ParsedOptions): Promise<readonly ConfigEntity[]> {
  const { type, name } = entityOf(options);
  if (name !== undefined) return [{ type, name }];
  if (type === 'topics') {
    const { topics } = await client.metadata(null);
    return topics.map((topic) => ({ type, name: topic.name ?? '' })).toSorted(byName);
  }
  const nodes = await client.nodes();
  return [...nodes.map(({ id }) => ({ type, name: String(id) })), { type, name: '' }];
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : 1;
}

function titleOf({ type, name }: ConfigEntity, all: boolean): string {
  if (name === '') return `Default configs for ${type} in the cluster are:`;
  return `${all ? 'All' : 'Dynamic'} configs for ${type.slice(0, -1)} ${name} are:`;
}

/** The settings that were made for this very entity; each logger has a level. */
function changedOnly({ type, name }: ConfigEntity, configs: DescribedConfigs): DescribedConfigs {
  if (type === 'broker-loggers') return configs;
  const ofBrokers = name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : 'DYNAMIC_BROKER_CONFIG';
  const source = type === 'topics' ? 'DYNAMIC_TOPIC_CONFIG' : ofBrokers;
  return configs.filter(({ configSource }) => SOURCES[configSource] === source);
}

function linesOf(configs: DescribedConfigs): string {
  return [...configs]
    .sort(byName)
    .map(({ name, value, isSensitive, synonyms }) => {
      const told = synonyms.map((each) => `${SOURCES[each.source] ?? 'UNKNOWN'}:${each.name}=${each.value}`);
      return `  ${name}=${value} sensitive=${isSensitive} synonyms={${told.join(', ')}}\n`;
    })
    .join('');
}
