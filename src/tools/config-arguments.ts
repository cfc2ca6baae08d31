/** What kafka-configs is told on its command line: whose settings, and which changes. */
import { UsageError } from './cli/index.ts';
import type { ParsedOptions } from './cli/index.ts';
import { readProperties } from './connect.ts';

export type EntityType = 'topics' | 'brokers' | 'broker-loggers';

/** `name`: '' stands for the default of all, undefined for each there is. */
export interface Entity {
  readonly type: EntityType;
  readonly name: string | undefined;
}

export interface ConfigChanges {
  readonly added: ReadonlyMap<string, string>;
  readonly deleted: readonly string[];
}

const ENTITY_TYPES = ['topics', 'clients', 'users', 'brokers', 'ips', 'broker-loggers', 'client-metrics'];

/** Options that name type and entity in one. */
const SHORTHANDS: readonly (readonly [option: string, type: string, isDefault: boolean])[] = [
  ['topic', 'topics', false],
  ['broker', 'brokers', false],
  ['broker-defaults', 'brokers', true],
  ['broker-logger', 'broker-loggers', false],
  ['client', 'clients', false],
  ['client-defaults', 'clients', true],
  ['user', 'users', false],
  ['user-defaults', 'users', true],
  ['ip', 'ips', false],
  ['ip-defaults', 'ips', true],
];

const refuse = (why: string): never => {
  throw new UsageError(why, false);
};

/** Refuses in the order and words of the original. */
export function checkArguments(options: ParsedOptions): void {
  if (options.has('alter') === options.has('describe'))
    throw new UsageError('Command must include exactly one action: --describe, --alter');
  for (const change of ['alter', 'add-config', 'delete-config'])
    if (options.has('describe') && options.has(change))
      throw new UsageError(`Option "[describe]" can't be used with option "[${change}]"`);
  const { type, name } = entityOf(options);
  if (type !== 'topics' && name !== undefined && name !== '' && !/^[+-]?\d+$/.test(name))
    refuse(`The entity name for ${type} must be a valid integer broker id, but it is: ${name}`);
  const hasName = name !== undefined && name !== '';
  if (options.has('describe') && type === 'broker-loggers' && !hasName)
    refuse('an entity name must be specified with --describe of broker-loggers');
  if (!options.has('alter')) return;
  if (type === 'brokers' && name === undefined)
    refuse(
      'an entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
    );
  if (type !== 'brokers' && !hasName) refuse(`an entity name must be specified with --alter of ${type}`);
  const [adds, addsFile] = [options.has('add-config'), options.has('add-config-file')];
  if (!adds && !addsFile && !options.has('delete-config'))
    refuse(
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    );
  if (adds && addsFile) refuse('Only one of --add-config or --add-config-file must be specified');
}

export function entityOf(options: ParsedOptions): Entity {
  const shorthands = SHORTHANDS.filter(([option]) => options.has(option));
  if (shorthands.length > 0 && ['entity-name', 'entity-default'].some((option) => options.has(option)))
    refuse('--entity-{type,name,default} should not be used in conjunction with specific entity flags');
  const types = [...options.values('entity-type'), ...shorthands.map(([, type]) => type)];
  const twice = types.filter((type, index) => types.indexOf(type) !== index);
  if (twice.length > 0) refuse(`Duplicate entity type(s) specified: ${[...new Set(twice)].join(',')}`);
  if (!options.has('bootstrap-server'))
    refuse(
      'One of the required --bootstrap-server, --bootstrap-controller, or --zookeeper arguments must be specified',
    );
  const [type, ...more] = types;
  if (type === undefined) return refuse('At least one entity type must be specified');
  for (const each of types)
    if (!ENTITY_TYPES.includes(each))
      refuse(
        `Invalid entity type ${each}, the entity type must be one of ${ENTITY_TYPES.join(', ')} ` +
          'with a --bootstrap-server or --bootstrap-controller argument',
      );
  if (types.length > 1 && !types.every((each) => each === 'users' || each === 'clients'))
    refuse("Only 'users' and 'clients' entity types may be specified together");
  if ((type !== 'topics' && type !== 'brokers' && type !== 'broker-loggers') || more.length > 0)
    return refuse(
      `The configs of ${types.join(' and ')} are not supported yet, only those of topics, brokers or broker-loggers`,
    );
  const names = [
    ...options.values('entity-name'),
    ...(options.has('entity-default') ? [''] : []),
    ...shorthands.map(([option, , isDefault]) => (isDefault ? '' : options.required(option))),
  ];
  return { type, name: names[0] };
}

/** Commas inside of square brackets belong to a value: `cleanup.policy=[compact,delete]`. */
const OUTSIDE_BRACKETS = '(?=[^\\]]*(?:\\[|$))';

export function changesOf(options: ParsedOptions): ConfigChanges {
  const added = new Map<string, string>();
  const file = options.value('add-config-file');
  if (file !== undefined)
    for (const [name, value] of Object.entries(readProperties(file))) added.set(name, value);
  const text = options.value('add-config') ?? '';
  const pairs = text === '' ? [] : text.split(new RegExp(`,${OUTSIDE_BRACKETS}`));
  for (const pair of pairs) {
    const [name = '', value, ...rest] = pair.split(new RegExp(`\\s*=\\s*${OUTSIDE_BRACKETS}`));
    if (value === undefined || rest.length > 0)
      return refuse(
        'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val".',
      );
    added.set(name.trim(), value.replaceAll(/[[\]]/g, '').trim());
  }
  const deleted = options
    .values('delete-config')
    .flatMap((names) => names.split(','))
    .map((name) => name.trim());
  return { added, deleted };
}
