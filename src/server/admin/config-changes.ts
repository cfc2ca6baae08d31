/**
 * What AlterConfigs and IncrementalAlterConfigs make of the settings that are there, and which changes make no sense
 * whatever the settings are (KIP-133, KIP-339). Pure, and in the words of the original.
 */
import { formatValue, parseList, type ConfigTable, type Properties } from '../../config/index.ts';
import { KafkaError } from '../../protocol/index.ts';

/** Kafka's resource types, as far as they have configs. */
export const RESOURCE_TYPE = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16 } as const;

/** The operations of IncrementalAlterConfigs. */
export const OPERATION = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export interface ConfigChange {
  readonly name: string;
  readonly value: string | null;
  readonly configOperation: number;
}

export interface ResourceChange {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly ConfigChange[];
}

/** Throws when the changes of one resource are not well formed. */
export function validateChanges(configs: readonly ConfigChange[]): void {
  if (new Set(configs.map(({ name }) => name)).size !== configs.length)
    throw new KafkaError('INVALID_REQUEST', 'Error due to duplicate config keys');
  const nulls = configs.filter(
    ({ value, configOperation }) => value === null && configOperation !== OPERATION.DELETE,
  );
  if (nulls.length > 0)
    throw new KafkaError(
      'INVALID_REQUEST',
      `Null value not supported for : ${nulls.map(({ name }) => name).join(', ')}`,
    );
}

/** The settings after the changes. `table` says what is a list and what stands where nothing is set. */
export function applyChanges(
  current: Properties,
  configs: readonly ConfigChange[],
  table: ConfigTable,
): Properties {
  const next = new Map(Object.entries(current));
  for (const { name, value, configOperation } of configs) {
    const text = value ?? '';
    if (configOperation === OPERATION.SET) next.set(name, text);
    else if (configOperation === OPERATION.DELETE) next.delete(name);
    else if (configOperation === OPERATION.APPEND) {
      const items = itemsOf(next, name, table, 'append');
      next.set(name, [...new Set([...items, ...text.split(',')])].join(','));
    } else if (configOperation === OPERATION.SUBTRACT) {
      const items = itemsOf(next, name, table, 'subtract');
      const dropped = new Set(text.split(','));
      next.set(name, items.filter((item) => !dropped.has(item)).join(','));
    } else throw new KafkaError('UNKNOWN_SERVER_ERROR');
  }
  return Object.fromEntries(next);
}

/** What a list holds, its default where it is not set. A key that is in no table fails the original unexpectedly. */
function itemsOf(
  settings: ReadonlyMap<string, string>,
  name: string,
  table: ConfigTable,
  operation: string,
): readonly string[] {
  const row = Object.hasOwn(table, name) ? table[name] : undefined;
  if (row === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR');
  if (row.type !== 'list')
    throw new KafkaError(
      'INVALID_CONFIG',
      `Config value ${operation} is not allowed for config key: ${name}`,
    );
  return parseList(settings.get(name) ?? (row.default === null ? '' : formatValue(row.type, row.default)));
}
