/** Rules about single values that bounds and lists of choices cannot express. */

export function gzipLevelProblem(value: string): string | undefined {
  return value === '0' ? 'Value must be between 1 and 9 or equal to -1' : undefined;
}

/** An item of leader/follower.replication.throttled.replicas: a wildcard, or "partition:broker". */
export function throttledReplicaProblem(value: string): string | undefined {
  if (value === '*' || /^\d+:\d+$/.test(value)) return undefined;
  return "must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...";
}

/** The releases whose name has no "-IVn" part, and, from 0.10.0 on, how many protocol versions each had. */
const EARLY_RELEASES = new Set(['0.8.0', '0.8.1', '0.8.2', '0.9.0']);
const PROTOCOL_VERSIONS: Readonly<Record<string, number>> = {
  '0.10.0': 2,
  '0.10.1': 3,
  '0.10.2': 1,
  '0.11.0': 3,
  '1.0': 1,
  '1.1': 1,
  '2.0': 2,
  '2.1': 3,
  '2.2': 2,
  '2.3': 2,
  '2.4': 2,
  '2.5': 1,
  '2.6': 1,
  '2.7': 3,
  '2.8': 2,
  '3.0': 2,
  '3.1': 1,
  '3.2': 1,
  '3.3': 4,
  '3.4': 1,
  '3.5': 3,
  '3.6': 3,
  '3.7': 5,
  '3.8': 1,
  '3.9': 1,
};

/** Every version from the oldest to the newest. */
export const METADATA_VERSIONS: readonly string[] = [
  ...EARLY_RELEASES,
  ...Object.entries(PROTOCOL_VERSIONS).flatMap(([release, count]) =>
    Array.from({ length: count }, (_, version) => `${release}-IV${version}`),
  ),
];

/** The version in full, as Kafka shows it ("3.9" is "3.9-IV0"), or undefined when there is no such version. */
export function metadataVersionOf(value: string): string | undefined {
  if (EARLY_RELEASES.has(value)) return value;
  const early = /^(0\.[89]\.\d)(?:[.-].*)?$/.exec(value)?.[1];
  if (early !== undefined) return EARLY_RELEASES.has(early) ? early : undefined;
  const parts = /^((?:0\.\d+\.\d+)|(?:[1-9]\d*\.\d+))(?:\.\d+)*(?:-IV(\d+))?$/.exec(value);
  const [, release = '', chosen] = parts ?? [];
  const count = PROTOCOL_VERSIONS[release];
  if (count === undefined) return undefined;
  const version = chosen === undefined ? count - 1 : Number(chosen);
  return version < count ? `${release}-IV${version}` : undefined;
}

export function metadataVersionProblem(value: string): string | undefined {
  return metadataVersionOf(value) === undefined
    ? `Version \`${value}\` is not a valid Apache Kafka version`
    : undefined;
}
