/**
 * Finds a real ZooKeeper on this machine, or fetches one, and says which it took. Klassik brings no ZooKeeper of its
 * own: what keeps a cluster's truth should be the real thing.
 *
 * The order: the one that is named (`zookeeper` option, ZOOKEEPER_CONNECT); ZOOKEEPER_HOME; Debian's package; any
 * Java with six jars fetched by Maven into `.zookeeper/`; Debian's package, installed, when we are root; Docker.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type ZooKeeperSource =
  | { readonly kind: 'running'; readonly connect: string; readonly description: string }
  | {
      readonly kind: 'java';
      readonly java: string;
      readonly classpath: string;
      readonly description: string;
    }
  | { readonly kind: 'docker'; readonly image: string; readonly description: string };

export interface FindZooKeeperOptions {
  /** A ZooKeeper that runs already: used as it is. */
  readonly connect?: string;
  readonly onProgress?: (message: string) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where Debian keeps its jars; another place for tests. */
  readonly debianJars?: string;
}

/** No ZooKeeper was found and none could be fetched; the message is the line to type. */
export class NoZooKeeperError extends Error {
  override readonly name = 'NoZooKeeperError';
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const POM = join(ROOT, 'docker', 'zookeeper', 'pom.xml');
const FETCHED_JARS = join(ROOT, '.zookeeper');
const DEBIAN_JARS = '/usr/share/java';
const DEBIAN_JAR_NAMES = [
  'zookeeper',
  'zookeeper-jute',
  'slf4j-api',
  'slf4j-simple',
  'metrics-core',
  'snappy-java',
  'commons-io',
  'commons-cli',
  'netty-all',
];
const DOCKER_IMAGE = 'zookeeper:3.8';
const DEBIAN_PACKAGES = ['default-jre-headless', 'libzookeeper-java'];

export async function findZooKeeper(options: FindZooKeeperOptions = {}): Promise<ZooKeeperSource> {
  const environment = options.environment ?? process.env;
  const progress = options.onProgress ?? (() => undefined);
  const connect = options.connect ?? environment['ZOOKEEPER_CONNECT'];
  if (connect !== undefined && connect !== '')
    return { kind: 'running', connect, description: `the ZooKeeper at ${connect}` };
  const debianJars = options.debianJars ?? DEBIAN_JARS;
  const found =
    (await inHome(environment)) ??
    (await inDebian(environment, debianJars)) ??
    (await byMaven(environment, progress)) ??
    (await byApt(environment, debianJars, progress)) ??
    (await byDocker());
  if (found === undefined) throw new NoZooKeeperError(advice());
  return found;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The command that starts Java, if there is one that works. */
async function findJava(environment: FindEnvironment): Promise<string | undefined> {
  const home = environment['JAVA_HOME'];
  for (const java of [...(home === undefined ? [] : [join(home, 'bin', 'java')]), 'java'])
    if (await works(java, ['-version'])) return java;
  return undefined;
}

type FindEnvironment = Readonly<Record<string, string | undefined>>;

async function works(command: string, parameters: readonly string[]): Promise<boolean> {
  return run(command, [...parameters]).then(
    () => true,
    () => false,
  );
}

async function inHome(environment: FindEnvironment): Promise<ZooKeeperSource | undefined> {
  const home = environment['ZOOKEEPER_HOME'];
  if (home === undefined || home === '') return undefined;
  const java = await findJava(environment);
  if (java === undefined)
    throw new NoZooKeeperError('ZOOKEEPER_HOME is set, but there is no java to start it with');
  const lib = join(home, 'lib');
  if (!(await exists(lib)))
    throw new NoZooKeeperError(`ZOOKEEPER_HOME is ${home}, but there are no jars in ${lib}`);
  return {
    kind: 'java',
    java,
    classpath: classpath([join(lib, '*'), join(home, '*')]),
    description: `ZOOKEEPER_HOME (${home})`,
  };
}

const classpath = (entries: readonly string[]): string =>
  entries.join(process.platform === 'win32' ? ';' : ':');

async function inDebian(environment: FindEnvironment, folder: string): Promise<ZooKeeperSource | undefined> {
  if (!(await exists(join(folder, 'zookeeper.jar')))) return undefined;
  const java = await findJava(environment);
  if (java === undefined) return undefined;
  const jars: string[] = [];
  for (const name of DEBIAN_JAR_NAMES) {
    const jar = join(folder, `${name}.jar`);
    if (await exists(jar)) jars.push(jar);
  }
  return {
    kind: 'java',
    java,
    classpath: classpath(jars),
    description: `Debian's libzookeeper-java (${folder})`,
  };
}

async function byMaven(
  environment: FindEnvironment,
  progress: (message: string) => void,
): Promise<ZooKeeperSource | undefined> {
  const java = await findJava(environment);
  if (java === undefined) return undefined;
  if (!(await exists(join(FETCHED_JARS, 'jars')))) {
    if (!(await works('mvn', ['--version']))) return undefined;
    progress('fetching ZooKeeper 3.8.4 with Maven into .zookeeper/ ...');
    if (!(await fetchJars(progress))) return undefined;
  }
  return {
    kind: 'java',
    java,
    classpath: join(FETCHED_JARS, 'jars', '*'),
    description: 'ZooKeeper 3.8.4 from Maven, in .zookeeper/',
  };
}

/** Into a folder of its own that gets its name when complete: two that fetch at once do not meet half a set. */
async function fetchJars(progress: (message: string) => void): Promise<boolean> {
  await mkdir(FETCHED_JARS, { recursive: true });
  const folder = join(FETCHED_JARS, `fetching-${process.pid}`);
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
    if ((await readdir(folder)).length === 0) return false;
    await rename(folder, join(FETCHED_JARS, 'jars')).catch(async (error: unknown) => {
      if (!(await exists(join(FETCHED_JARS, 'jars')))) throw error;
    });
    return true;
  } catch (error) {
    progress(`Maven could not fetch ZooKeeper: ${String(error).split('\n')[0] ?? ''}`);
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byApt(
  environment: FindEnvironment,
  debianJars: string,
  progress: (message: string) => void,
): Promise<ZooKeeperSource | undefined> {
  if (process.getuid?.() !== 0 || !(await exists('/etc/debian_version'))) return undefined;
  const install = `apt-get install -y ${DEBIAN_PACKAGES.join(' ')}`;
  progress(`installing ZooKeeper: ${install} ...`);
  const options = { env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 };
  const attempt = async (): Promise<boolean> =>
    run('apt-get', ['install', '-y', '--no-install-recommends', ...DEBIAN_PACKAGES], options).then(
      () => true,
      () => false,
    );
  if (!(await attempt())) {
    await run('apt-get', ['update'], options).catch(() => undefined);
    if (!(await attempt())) {
      progress(`${install} failed`);
      return undefined;
    }
  }
  return inDebian(environment, debianJars);
}

async function byDocker(): Promise<ZooKeeperSource | undefined> {
  if (!(await works('docker', ['version', '--format', '{{.Server.Version}}']))) return undefined;
  return { kind: 'docker', image: DOCKER_IMAGE, description: `Docker (${DOCKER_IMAGE})` };
}

function advice(): string {
  const byPlatform: Partial<Record<NodeJS.Platform, string>> = {
    linux:
      'Debian, Ubuntu:  sudo apt-get install -y default-jre-headless libzookeeper-java\n' +
      '  Fedora:          sudo dnf install -y java-latest-openjdk-headless maven',
    darwin: 'brew install openjdk maven',
    win32: 'winget install Microsoft.OpenJDK.21 and Apache Maven, or Docker Desktop',
  };
  return (
    'Klassik needs a ZooKeeper, and there is none here. Any one of these is enough:\n' +
    `  ${byPlatform[process.platform] ?? 'install Java and Maven'}\n` +
    '  a running one:   ZOOKEEPER_CONNECT=host:2181\n' +
    '  an unpacked one: ZOOKEEPER_HOME=/opt/zookeeper (with Java)\n' +
    '  Docker with a running engine'
  );
}
