/**
 * Where Apache Kafka's own jars are. Some tests hold Klassik against the original: its message definitions, its classes,
 * whole brokers of it. The jars are not part of this repository; Maven fetches them into .cache/kafka-libs. Without them
 * those tests are skipped, by name.
 *
 * Looked for, in this order: the folder in KAFKA_LIBS, the folder of the jar in KAFKA_CLIENTS_JAR, .cache/kafka-libs,
 * and Maven's own repository.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const KAFKA_VERSION = '3.9.1';

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));
const LIBS = join(CACHE, 'kafka-libs');
const TEST_LIBS = join(CACHE, 'kafka-test-libs');
const STACK_LIBS = join(CACHE, 'kafka-stack-libs');
/** With the test utilities that the programs lean on. */
const TEST_ARTIFACTS = ['kafka_2.13', 'kafka-clients', 'kafka-server-common'];
const STACK_ARTIFACTS = ['kafka-streams', 'connect-file', 'connect-mirror', 'connect-mirror-client'];
/** The one that kafka-streams of this version asks for. */
const ROCKSDB_VERSION = '7.9.2';
const ROCKSDB = `rocksdbjni-${ROCKSDB_VERSION}`;
const STREAMS_TESTS = `kafka-streams-${KAFKA_VERSION}-test`;
const ONE_JAR_TIMEOUT_MS = 60_000;
const ALL_JARS_TIMEOUT_MS = 300_000;

export type KafkaArtifact = 'kafka-clients' | 'kafka-group-coordinator' | 'kafka-transaction-coordinator';

/** The path of one jar of Kafka's, fetched if need be; null if it is neither here nor to be had. */
export function kafkaJar(artifact: KafkaArtifact): string | null {
  const name = `${artifact}-${KAFKA_VERSION}.jar`;
  const candidates = [
    ...libraryFolders().map((folder) => join(folder, name)),
    join(homedir(), '.m2/repository/org/apache/kafka', artifact, KAFKA_VERSION, name),
  ];
  return candidates.find((path) => existsSync(path)) ?? fetchJar(artifact, join(LIBS, name));
}

/**
 * A folder with all jars that Kafka's broker and tools need, for `java -cp <folder>/*`. Fetched if need be, which takes a
 * minute; null if it cannot be had.
 */
export function kafkaLibraries(): string | null {
  const complete = libraryFolders().find((folder) => hasBroker(folder));
  return complete ?? fetchLibraries();
}

/**
 * The same, as a class path that has the jars with Apache's own tests in front, for the test programs among them; null if
 * one of them cannot be had.
 */
export function kafkaTestLibraries(): string | null {
  const libraries = kafkaLibraries();
  const path = (artifact: string): string => join(TEST_LIBS, `${artifact}-${KAFKA_VERSION}-test.jar`);
  const isThere = (artifact: string): boolean =>
    existsSync(path(artifact)) || fetchJar(artifact, path(artifact), ':jar:test') !== null;
  return libraries !== null && TEST_ARTIFACTS.every(isThere)
    ? `${join(TEST_LIBS, '*')}${delimiter}${join(libraries, '*')}`
    : null;
}

/**
 * The same, as a class path that has what is built on brokers in front: Streams with Apache's own tests of it, Connect with
 * its file connectors, MirrorMaker. Null if one of them cannot be had.
 */
export function kafkaStackLibraries(): string | null {
  const tests = kafkaTestLibraries();
  const names = [
    ...STACK_ARTIFACTS.map((artifact) => `${artifact}-${KAFKA_VERSION}`),
    STREAMS_TESTS,
    ROCKSDB,
  ];
  const areThere = (): boolean => names.every((name) => existsSync(join(STACK_LIBS, `${name}.jar`)));
  if (!areThere()) intoFolder(STACK_LIBS, (folder) => copyDependencies(folder, STACK_POM, 'alone'));
  return tests !== null && areThere() ? `${join(STACK_LIBS, '*')}${delimiter}${tests}` : null;
}

/** A folder with the Java client of an older version and what it needs; null if it cannot be had. */
export function kafkaClientLibraries(version: string): string | null {
  const folder = join(CACHE, `kafka-clients-${version}`);
  const isThere = (): boolean => existsSync(join(folder, `kafka-clients-${version}.jar`));
  if (!isThere())
    intoFolder(folder, (to) => copyDependencies(to, pomOf([dependency('kafka-clients', version)])));
  return isThere() ? folder : null;
}

function libraryFolders(): string[] {
  const { KAFKA_LIBS, KAFKA_CLIENTS_JAR } = process.env;
  return [
    ...(KAFKA_LIBS === undefined ? [] : [KAFKA_LIBS]),
    ...(KAFKA_CLIENTS_JAR === undefined ? [] : [dirname(KAFKA_CLIENTS_JAR)]),
    LIBS,
  ];
}

function hasBroker(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const names = new Set(readdirSync(folder));
  return names.has(`kafka_2.13-${KAFKA_VERSION}.jar`) && names.has(`kafka-tools-${KAFKA_VERSION}.jar`);
}

function fetchJar(artifact: string, path: string, classifier = ''): string | null {
  const coordinates = `org.apache.kafka:${artifact}:${KAFKA_VERSION}${classifier}`;
  const fetched = intoFolder(dirname(path), (folder) =>
    maven(
      [
        'dependency:copy',
        `-Dartifact=${coordinates}`,
        `-DoutputDirectory=${folder}`,
        '-Dmdep.useBaseVersion=true',
      ],
      ONE_JAR_TIMEOUT_MS,
    ),
  );
  return fetched && existsSync(path) ? path : null;
}

function fetchLibraries(): string | null {
  const fetched = intoFolder(LIBS, (folder) => copyDependencies(folder, POM));
  return fetched && hasBroker(LIBS) ? LIBS : null;
}

/** With what they depend on, or `alone`. */
function copyDependencies(folder: string, project: string, how: 'whole' | 'alone' = 'whole'): boolean {
  const pom = join(folder, 'pom.xml');
  writeFileSync(pom, project);
  const goal = [
    'dependency:copy-dependencies',
    '-f',
    pom,
    `-DoutputDirectory=${folder}`,
    '-DincludeScope=runtime',
    `-DexcludeTransitive=${how === 'alone'}`,
  ];
  const done = maven(goal, ALL_JARS_TIMEOUT_MS);
  rmSync(pom);
  return done;
}

/** Fetches into a folder of its own, so that a test beside this one never sees half a jar. */
function intoFolder(target: string, fetch: (folder: string) => boolean): boolean {
  mkdirSync(target, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'fetching-'));
  try {
    if (!fetch(folder)) return false;
    for (const name of readdirSync(folder)) renameSync(join(folder, name), join(target, name));
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function maven(goal: readonly string[], timeout: number): boolean {
  return spawnSync('mvn', ['-q', '-B', ...goal], { stdio: 'ignore', timeout }).status === 0;
}

const dependency = (artifact: string, version: string = KAFKA_VERSION): string =>
  `<dependency><groupId>org.apache.kafka</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const pomOf = (
  dependencies: readonly string[],
): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>klassik</groupId><artifactId>kafka-libs</artifactId><version>1</version>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;

const POM = pomOf([
  dependency('kafka_2.13'),
  dependency('kafka-tools'),
  '<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>1.7.36</version></dependency>',
]);

const STACK_POM = pomOf([
  ...STACK_ARTIFACTS.map((artifact) => dependency(artifact)),
  `<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-streams</artifactId><version>${KAFKA_VERSION}</version><classifier>test</classifier></dependency>`,
  `<dependency><groupId>org.rocksdb</groupId><artifactId>rocksdbjni</artifactId><version>${ROCKSDB_VERSION}</version></dependency>`,
]);
