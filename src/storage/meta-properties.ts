/**
 * meta.properties: which cluster and broker a log dir belongs to. A dir of another broker must never be served
 * (contract sections 2.4 and 4.1). Only version 0 exists in ZooKeeper mode.
 */
import type { Disk } from '../runtime/index.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

export interface MetaProperties {
  readonly clusterId: string | undefined;
  readonly brokerId: number | undefined;
}

const META_PROPERTIES_FILE = 'meta.properties';

/** The dir's claim could not be read, or is not this broker's. Fatal at start-up. */
export class InconsistentMetaPropertiesError extends Error {
  override readonly name = 'InconsistentMetaPropertiesError';
}

export function parseMetaProperties(text: string, path: string): MetaProperties {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined) values.set(match[1], (match[2] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  const { version = '0' } = Object.fromEntries(values);
  if (version !== '0')
    throw new InconsistentMetaPropertiesError(`${path}: expected version 0, got ${version}`);
  const brokerId = values.get('broker.id');
  if (brokerId !== undefined && !/^-?\d+$/.test(brokerId))
    throw new InconsistentMetaPropertiesError(`${path}: broker.id=${brokerId} is not a number`);
  return {
    clusterId: values.get('cluster.id'),
    brokerId: brokerId === undefined ? undefined : Number(brokerId),
  };
}

/** Java's properties format, as Kafka stores it: an empty comment, the date, then the values. */
export function formatMetaProperties(
  values: { readonly clusterId: string; readonly brokerId: number },
  dateText: string,
): string {
  const entries = [
    ['broker.id', String(values.brokerId)],
    ['version', '0'],
    ['cluster.id', values.clusterId],
  ];
  const escaped = (text: string): string => text.replaceAll(/[\\=:#!]/g, String.raw`\$&`);
  return `#\n#${dateText}\n${entries.map(([key = '', value = '']) => `${key}=${escaped(value)}\n`).join('')}`;
}

/** Undefined for a dir that has none yet. */
export async function readMetaProperties(disk: Disk, dir: string): Promise<MetaProperties | undefined> {
  const path = `${dir}/${META_PROPERTIES_FILE}`;
  if ((await disk.stat(path)) === undefined) return undefined;
  return parseMetaProperties((await disk.readFile(path)).toString('utf8'), path);
}

/** Throws when a dir names another cluster, or the dirs disagree about the broker. Returns the broker id they name. */
export function checkMetaProperties(
  found: readonly (MetaProperties | undefined)[],
  expected: { readonly clusterId: string; readonly brokerId: number },
): number | undefined {
  let stored: number | undefined;
  for (const properties of found) {
    if (properties === undefined) continue;
    if (properties.clusterId !== undefined && properties.clusterId !== expected.clusterId)
      throw new InconsistentMetaPropertiesError(
        `The Cluster ID ${expected.clusterId} doesn't match stored clusterId ${properties.clusterId} in meta.properties. ` +
          'The broker is trying to join the wrong cluster. Configured zookeeper.connect may be wrong.',
      );
    if (properties.brokerId === undefined) continue;
    if (stored !== undefined && stored !== properties.brokerId)
      throw new InconsistentMetaPropertiesError(
        `The log dirs belong to different brokers: ${stored} and ${properties.brokerId}`,
      );
    stored = properties.brokerId;
  }
  if (expected.brokerId >= 0 && stored !== undefined && stored !== expected.brokerId)
    throw new InconsistentMetaPropertiesError(
      `Configured broker.id ${expected.brokerId} doesn't match stored broker.id ${stored} in meta.properties.`,
    );
  return stored;
}

export async function writeMetaProperties(
  disk: Disk,
  dir: string,
  values: { readonly clusterId: string; readonly brokerId: number },
  dateText: string,
): Promise<void> {
  await disk.makeFolder(dir);
  await writeFileAtomically(disk, `${dir}/${META_PROPERTIES_FILE}`, formatMetaProperties(values, dateText));
}
