/**
 * What the conformance tests need from the registries, fetched at first use into .cache/: the original's jars by Maven,
 * librdkafka by pip. What cannot be had skips its tests by name; on the CI machine (CI=true) that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from '@jest/globals';
import { kafkaLibraries, kafkaStackLibraries, kafkaTestLibraries } from '../kafka-jars.ts';

const CONFLUENT_KAFKA = 'confluent-kafka==2.16.1';
const PYTHON_ENVIRONMENT = fileURLToPath(new URL('../../../.cache/python/', import.meta.url));
const PIP_TIMEOUT_MS = 180_000;

export interface Requirement {
  readonly what: string;
  readonly remedy: string;
  /** Where it is, or null. */
  readonly find: () => string | null;
}

/** A folder of jars. */
export const KAFKA_JARS: Requirement = {
  what: "java and Kafka's jars",
  remedy: 'install a JDK of 17 or newer and mvn, or name a folder of the jars in KAFKA_LIBS',
  find: () => (succeeds('javac', ['-version']) ? kafkaLibraries() : null),
};

/** A class path with them and with Apache's own tests. */
export const KAFKA_TEST_JARS: Requirement = {
  what: "java, Kafka's jars and those of its tests",
  remedy: 'install a JDK of 17 or newer and mvn',
  find: () => (succeeds('javac', ['-version']) ? kafkaTestLibraries() : null),
};

/** A class path with them, Streams and its tests, Connect and MirrorMaker. */
export const KAFKA_STACK_JARS: Requirement = {
  what: "java, Kafka's jars and those of Streams, Connect and MirrorMaker",
  remedy: 'install a JDK of 17 or newer and mvn',
  find: () => (succeeds('javac', ['-version']) ? kafkaStackLibraries() : null),
};

/** A Python that has confluent-kafka. */
export const LIBRDKAFKA: Requirement = {
  what: 'librdkafka (confluent-kafka for Python)',
  remedy: 'install python3 with its venv module, and let pip reach PyPI',
  find: () => pythonWithLibrdkafka(),
};

/** The tests of `body`, with what they need; skipped when it is not to be had, but failed on the CI machine. */
export function describeNeeding(requirement: Requirement, name: string, body: (found: string) => void): void {
  const found = requirement.find();
  if (found !== null) {
    describe(name, () => body(found));
    return;
  }
  const { what, remedy } = requirement;
  if (process.env['CI'] === undefined) {
    test.skip(`${name}: skipped without ${what}; ${remedy}`, () => undefined);
    return;
  }
  test(`${name} needs ${what}`, () => {
    throw new Error(`there is no ${what} here: ${remedy}`);
  });
}

function pythonWithLibrdkafka(): string | null {
  const python = join(PYTHON_ENVIRONMENT, 'bin/python');
  const imports = (): boolean => existsSync(python) && succeeds(python, ['-c', 'import confluent_kafka']);
  if (imports()) return python;
  if (!succeeds('python3', ['-m', 'venv', PYTHON_ENVIRONMENT])) return null;
  succeeds(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', CONFLUENT_KAFKA]);
  return imports() ? python : null;
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: PIP_TIMEOUT_MS }).status === 0;
}
