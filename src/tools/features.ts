/**
 * kafka-features: the features a cluster has finalized (KIP-584). A ZooKeeper-mode cluster of 3.9 supports none, so
 * `describe` prints nothing, and whatever else is asked is refused by the controller, feature by feature.
 */
import { errorNameOf, errors } from '../protocol/index.ts';
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from '../protocol/messages/57-update-features.ts';
import { COMMAND_CONFIG, type ParsedOptions, type Tool, type ToolIo } from './cli/index.ts';
import { errorIn, type ClusterClient } from './client/cluster-client.ts';
import { connect } from './connect.ts';
import { commandOf } from './sub-commands.ts';

const COMMANDS = ['describe', 'upgrade', 'downgrade', 'disable'] as const;
type Change = Exclude<(typeof COMMANDS)[number], 'describe'>;

const UPGRADE = 1;
const SAFE_DOWNGRADE = 2;
const UNSAFE_DOWNGRADE = 3;

export const featuresTool: Tool = {
  name: 'features',
  summary: 'This tool manages feature flags in Kafka.',
  positional: COMMANDS.join(', '),
  options: [
    {
      name: 'bootstrap-server',
      argument: 'BOOTSTRAP_SERVER',
      doc: 'REQUIRED: brokers to begin with, as host:port,host:port.',
    },
    COMMAND_CONFIG,
    {
      name: 'feature',
      argument: 'FEATURE',
      doc: 'A feature and its level, as metadata.version=5; with disable the feature alone. May be repeated.',
    },
    { name: 'unsafe', doc: 'Downgrade or disable even if that may destroy metadata.' },
    { name: 'dry-run', doc: 'Only ask whether it could be done.' },
  ],
  async run(options, io) {
    const command = commandOf(options, COMMANDS);
    options.required('bootstrap-server');
    const levels = command === 'describe' ? new Map<string, number>() : levelsOf(options, command);
    const client = await connect(options);
    try {
      if (command !== 'describe') return await change(client, io, command, options, levels);
      await client.nodes();
      return 0;
    } finally {
      await client.close();
    }
  },
};

function levelsOf(options: ParsedOptions, command: Change): Map<string, number> {
  const levels = new Map<string, number>();
  for (const text of options.values('feature')) {
    const [name, level] = command === 'disable' ? [text, 0] : nameAndLevel(text);
    if (levels.has(name)) throw new Error(`Feature ${name} was specified more than once.`);
    levels.set(name, level);
  }
  if (levels.size === 0) throw new Error(`You must specify at least one feature to ${command}`);
  return levels;
}

function nameAndLevel(text: string): [string, number] {
  const at = text.indexOf('=');
  if (at < 0) throw new Error(`Can't parse feature=level string ${text}: equals sign not found.`);
  const level = text.slice(at + 1).trim();
  if (!/^[+-]?\d{1,5}$/.test(level) || Math.abs(Number(level)) > 32_767)
    throw new Error(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`);
  return [text.slice(0, at).trim(), Number(level)];
}

async function change(
  client: ClusterClient,
  io: ToolIo,
  command: Change,
  options: ParsedOptions,
  levels: ReadonlyMap<string, number>,
): Promise<number> {
  const dryRun = options.has('dry-run');
  const downgrade = options.has('unsafe') ? UNSAFE_DOWNGRADE : SAFE_DOWNGRADE;
  const { results } = await client.toController(
    { request: UpdateFeaturesRequest, response: UpdateFeaturesResponse },
    {
      featureUpdates: [...levels].map(([feature, maxVersionLevel]) => ({
        feature,
        maxVersionLevel,
        upgradeType: command === 'upgrade' ? UPGRADE : downgrade,
      })),
      validateOnly: dryRun,
    },
    ({ errorCode, errorMessage }) => errorIn(errorCode, errorMessage),
  );
  let failures = 0;
  for (const { feature, errorCode, errorMessage } of results.toSorted(byFeature)) {
    const level = levels.get(feature) ?? 0;
    if (errorCode === 0) {
      const done = command === 'disable' ? 'disabled.' : `${command}d to ${level}.`;
      io.out(`${feature}${dryRun ? ' can be ' : ' was '}${done}\n`);
      continue;
    }
    failures += 1;
    const what = command === 'disable' ? `disable ${feature}` : `${command} ${feature} to ${level}`;
    const why = errorMessage ?? errors[errorNameOf(errorCode)].message;
    io.out(`${dryRun ? 'Can not ' : 'Could not '}${what}. ${why}\n`);
  }
  if (failures === 0) return 0;
  io.err(`${failures} out of ${levels.size} operation(s) failed.\n`);
  return 1;
}

function byFeature(left: { readonly feature: string }, right: { readonly feature: string }): number {
  return left.feature < right.feature ? -1 : 1;
}
