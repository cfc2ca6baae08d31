/**
 * Whose log dirs are these? Every dir names the cluster and the broker it belongs to in meta.properties; a broker
 * that started on another's dirs would serve records under the wrong topics (contract 2.4, 4.1). A dir whose claim can
 * be neither read nor written is left out: the broker starts with the others, as long as there is one.
 */
import {
  checkMetaProperties,
  InconsistentMetaPropertiesError,
  type MetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from '../storage/index.ts';
import { errorCodeOf, errorMessageOf, type Logger, type Runtime } from '../runtime/index.ts';
import { BrokerStartError } from './broker-start-error.ts';

export interface LogDirIdentity {
  /** The broker id the dirs name, if any has been used before. */
  readonly storedBrokerId: number | undefined;
  /** Dirs without meta.properties yet. */
  readonly fresh: readonly string[];
  /** Dirs that cannot be used. */
  readonly failed: readonly string[];
}

type Claim = { readonly properties: MetaProperties | undefined } | { readonly cause: unknown };

/** `brokerId` -1: none is configured. Throws BrokerStartError when the dirs belong elsewhere, or none can be read. */
export async function checkLogDirs(
  { disk, logger }: Pick<Runtime, 'disk' | 'logger'>,
  logDirs: readonly string[],
  expected: { readonly clusterId: string; readonly brokerId: number },
): Promise<LogDirIdentity> {
  const twice = logDirs.find((dir, index) => logDirs.indexOf(dir) !== index);
  if (twice !== undefined) throw new BrokerStartError(`Duplicate log directory found: ${twice}`);
  const claims = new Map<string, Claim>();
  for (const dir of logDirs) {
    claims.set(
      dir,
      await tryDir(dir, logger, async () => ({ properties: await readMetaProperties(disk, dir) })),
    );
  }
  const found = new Map<string, MetaProperties | undefined>();
  const causes: unknown[] = [];
  for (const [dir, claim] of claims) {
    if ('cause' in claim) causes.push(claim.cause);
    else found.set(dir, claim.properties);
  }
  if (found.size === 0) throw causes[0];
  for (const [dir, properties] of found) {
    const { clusterId = expected.clusterId, brokerId = expected.brokerId } = properties ?? {};
    if (clusterId !== expected.clusterId) throw belongsToAnotherCluster(dir, clusterId, expected.clusterId);
    if (expected.brokerId >= 0 && brokerId !== expected.brokerId)
      throw belongsToAnotherBroker(dir, brokerId, expected.brokerId);
  }
  return {
    storedBrokerId: checkMetaProperties([...found.values()], expected),
    fresh: [...found].flatMap(([dir, properties]) => (properties === undefined ? [dir] : [])),
    failed: logDirs.filter((dir) => !found.has(dir)),
  };
}

async function tryDir<T>(
  dir: string,
  logger: Logger,
  task: () => Promise<T>,
): Promise<T | { readonly cause: unknown }> {
  try {
    return await task();
  } catch (cause) {
    if (errorCodeOf(cause) === undefined && !(cause instanceof InconsistentMetaPropertiesError)) throw cause;
    logger.child('kafka.server.KafkaServer').error(`Log dir ${dir} cannot be used: ${errorMessageOf(cause)}`);
    return { cause };
  }
}

function belongsToAnotherCluster(dir: string, stored: string, expected: string): BrokerStartError {
  return new BrokerStartError(
    `Invalid cluster.id in: ${dir}/meta.properties. Expected ${expected}, but read ${stored}: ZooKeeper holds one ` +
      'cluster and this log dir records of another. Either zookeeper.connect points at the wrong ensemble or chroot: ' +
      `correct it. Or the records are no longer wanted, as after ZooKeeper was emptied: remove ${dir}`,
  );
}

function belongsToAnotherBroker(dir: string, stored: number, configured: number): BrokerStartError {
  return new BrokerStartError(
    `Configured broker.id ${configured} doesn't match stored broker.id ${stored} in ${dir}/meta.properties. ` +
      `Either this is broker ${stored}: set broker.id=${stored}. Or it is a new one: give it log.dirs of its own`,
  );
}

/** Marks fresh dirs as this broker's. Resolves with all that cannot be used; throws when no dir is left. */
export async function claimLogDirs(
  { disk, clock, logger }: Pick<Runtime, 'disk' | 'clock' | 'logger'>,
  logDirs: readonly string[],
  { fresh, failed }: Pick<LogDirIdentity, 'fresh' | 'failed'>,
  identity: { readonly clusterId: string; readonly brokerId: number },
): Promise<readonly string[]> {
  const dateText = javaDate(clock.wallMs());
  const unusable = [...failed];
  for (const dir of fresh) {
    const result = await tryDir(dir, logger, () => writeMetaProperties(disk, dir, identity, dateText));
    if (result === undefined) continue;
    unusable.push(dir);
    if (unusable.length === logDirs.length) throw result.cause;
  }
  return unusable;
}

/** A moment in UTC as java.util.Date prints it: `Sun Nov 22 03:04:05 UTC 2026`. */
function javaDate(wallMs: number): string {
  // eslint-disable-next-line no-restricted-globals -- writes out a given moment; reads no clock
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(wallMs)
    .toUTCString()
    .split(' ');
  return `${weekday.slice(0, -1)} ${month} ${day} ${time} UTC ${year}`;
}
