/**
 * Whose log dirs are these? Every dir names the cluster and the broker it belongs to in meta.properties; a broker
 * that started on another's dirs would serve records under the wrong topics (contract 2.4, 4.1).
 */
import { checkMetaProperties, readMetaProperties, writeMetaProperties } from '../storage/index.ts';
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
  const found = await Promise.all(
    logDirs.map(async (dir) => ({ dir, properties: await readMetaProperties(disk, dir) })),
  );
  for (const { dir, properties } of found) {
    const { clusterId = expected.clusterId, brokerId = expected.brokerId } = properties ?? {};
    if (clusterId !== expected.clusterId) throw belongsToAnotherCluster(dir, clusterId, expected.clusterId);
    if (expected.brokerId >= 0 && brokerId !== expected.brokerId)
      throw belongsToAnotherBroker(dir, brokerId, expected.brokerId);
  }
  const storedBrokerId = checkMetaProperties(
    found.map(({ properties }) => properties),
    expected,
  );
  return {
    storedBrokerId,
    fresh: found.filter(({ properties }) => properties === undefined).map(({ dir }) => dir),
  };
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
