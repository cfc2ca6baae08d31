/**
 * The policies of `create.topic.policy.class.name` and `alter.config.policy.class.name`. In Kafka these are Java classes;
 * here each is the path of a JavaScript module, whose default export is a class with a constructor that takes nothing,
 * or an object, with the methods of the Java interface: validate, and if it likes configure and close (the requests are
 * described in server/admin/policies.ts).
 *
 * Invariant: a broker whose policy cannot be loaded, the name of a Java class among them, does not start: it would let
 * pass what it was told to stop.
 */
import { pathToFileURL } from 'node:url';
import type { BrokerConfig } from '../config/index.ts';
import { errorCodeOf, errorMessageOf, type Disk, type Logger } from '../runtime/index.ts';
import type { Policies, Policy } from '../server/index.ts';
import { BrokerStartError } from './broker-start-error.ts';

type PolicyKey = 'create.topic.policy.class.name' | 'alter.config.policy.class.name';

const INTERFACES: Readonly<Record<PolicyKey, string>> = {
  'create.topic.policy.class.name': 'org.apache.kafka.server.policy.CreateTopicPolicy',
  'alter.config.policy.class.name': 'org.apache.kafka.server.policy.AlterConfigPolicy',
};

export async function loadPolicies(
  config: BrokerConfig,
  disk: Pick<Disk, 'absolutePath'>,
): Promise<Policies> {
  return {
    createTopic: await loadPolicy('create.topic.policy.class.name', config, disk),
    alterConfig: await loadPolicy('alter.config.policy.class.name', config, disk),
  };
}

/** A policy that cannot be closed keeps no broker from stopping. */
export async function closePolicies({ createTopic, alterConfig }: Policies, logger: Logger): Promise<void> {
  for (const policy of [createTopic, alterConfig])
    try {
      await policy?.close?.();
    } catch (error) {
      logger.warn('A policy could not be closed', { error });
    }
}

async function loadPolicy<Metadata>(
  key: PolicyKey,
  config: BrokerConfig,
  disk: Pick<Disk, 'absolutePath'>,
): Promise<Policy<Metadata> | null> {
  const value = config.get(key);
  if (value === null) return null;
  const exported = await importedFrom(
    value.startsWith('file:') ? value : pathToFileURL(disk.absolutePath(value)).href,
    {
      key,
      value,
    },
  );
  const policy = isClass(exported) ? new exported() : exported;
  if (!isPolicy<Metadata>(policy))
    throw new BrokerStartError(`${value} is not an instance of ${INTERFACES[key]}`);
  await policy.configure?.(config.layers.file);
  return policy;
}

async function importedFrom(
  url: string,
  { key, value }: { readonly key: PolicyKey; readonly value: string },
): Promise<unknown> {
  try {
    const exports = (await import(url)) as { readonly default?: unknown };
    return exports.default;
  } catch (error) {
    const invalid = `Invalid value ${value} for configuration ${key}: Class ${value} could not be `;
    const isMissing = errorCodeOf(error)?.includes('MODULE_NOT_FOUND') === true;
    throw new BrokerStartError(
      isMissing
        ? `${invalid}found. It must be the path of a JavaScript module`
        : `${invalid}loaded: ${errorMessageOf(error)}`,
      { cause: error },
    );
  }
}

function isClass(exported: unknown): exported is new () => unknown {
  return typeof exported === 'function';
}

function isPolicy<Metadata>(value: unknown): value is Policy<Metadata> {
  return (
    typeof value === 'object' && value !== null && 'validate' in value && typeof value.validate === 'function'
  );
}
