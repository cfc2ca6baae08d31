/**
 * Whose log dirs are these? Every dir names the cluster and the broker it belongs to in meta.properties; a broker
 * that started on another's dirs would serve records under the wrong topics (contract 2.4, 4.1).
 */
import {
  InconsistentMetaPropertiesError,
  checkMetaProperties,
  readMetaProperties,
  writeMetaProperties,
} from '../storage/index.ts';
import type { Clock, Disk } from '../runtime/index.ts';
import { BrokerStartError } from './broker-start-error.ts';

export interface LogDirIdentity {
  /** The broker id the dirs name, if any has been used before. */
  readonly storedBrokerId: number | undefined;
  /** Dirs without meta.properties yet. */
  readonly fresh: readonly string[];
}

/** `brokerId` -1: none is configured. Throws BrokerStartError when the dirs belong elsewhere. */
export async function checkLogDirs(
  disk: Disk,
  logDirs: readonly string[],
  expected: { readonly clusterId: string; readonly brokerId: number },
): Promise<LogDirIdentity> {
  const found = await Promise.all(logDirs.map((dir) => readMetaProperties(disk, dir)));
  const stray = found.find(
    (properties) => (properties?.clusterId ?? expected.clusterId) !== expected.clusterId,
  );
  if (stray !== undefined)
    throw new BrokerStartError(
      `The Cluster ID ${expected.clusterId} doesn't match stored clusterId ${stray.clusterId ?? ''} in ` +
        'meta.properties. Either zookeeper.connect points at the wrong cluster: correct it; or the data is no longer ' +
        `wanted: remove ${logDirs.join(', ')}`,
    );
  try {
    const storedBrokerId = checkMetaProperties(found, expected);
    return { storedBrokerId, fresh: logDirs.filter((_dir, index) => found[index] === undefined) };
  } catch (error) {
    if (error instanceof InconsistentMetaPropertiesError)
      throw new BrokerStartError(error.message, { cause: error });
    throw error;
  }
}

/** Marks fresh dirs as this broker's. */
export async function claimLogDirs(
  runtime: { readonly disk: Disk; readonly clock: Clock },
  fresh: readonly string[],
  identity: { readonly clusterId: string; readonly brokerId: number },
): Promise<void> {
  const dateText = javaDate(runtime.clock.wallMs());
  for (const dir of fresh) await writeMetaProperties(runtime.disk, dir, identity, dateText);
}

/** A moment in UTC as java.util.Date prints it: `Sun Nov 22 03:04:05 UTC 2026`. */
function javaDate(wallMs: number): string {
  // eslint-disable-next-line no-restricted-globals -- writes out a given moment; reads no clock
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(wallMs)
    .toUTCString()
    .split(' ');
  return `${weekday.slice(0, -1)} ${month} ${day} ${time} UTC ${year}`;
}
