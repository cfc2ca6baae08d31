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
  /** Where Maven's jars go; another place for tests. */
  readonly fetchedJars?: string;
  /** Whether Debian's package may be installed; by default when we are root on a Debian. */
  readonly mayInstall?: boolean;
}

type FindEnvironment = Readonly<Record<string, string | undefined>>;

interface Search {
  readonly environment: FindEnvironment;
  readonly progress: (message: string) => void;
  readonly debianJars: string;
  readonly fetchedJars: string;
  readonly mayInstall: boolean;
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
  const connect = options.connect ?? environment['ZOOKEEPER_CONNECT'];
  if (connect !== undefined && connect !== '')
    return { kind: 'running', connect, description: `the ZooKeeper at ${connect}` };
  const search: Search = {
    environment,
    progress: options.onProgress ?? (() => undefined),
    debianJars: options.debianJars ?? DEBIAN_JARS,
    fetchedJars: options.fetchedJars ?? FETCHED_JARS,
    mayInstall: options.mayInstall ?? (process.getuid?.() === 0 && (await exists('/etc/debian_version'))),
  };
  for (const place of [inHome, inDebian, byMaven, byApt, byDocker]) {
    const found = await place(search);
    if (found !== undefined) return found;
  }
  throw new NoZooKeeperError(advice());
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The command that starts Java, if there is one that works. */
async function findJava({ environment }: Search): Promise<string | undefined> {
  const home = environment['JAVA_HOME'];
  for (const java of [...(home === undefined ? [] : [join(home, 'bin', 'java')]), 'java'])
    if (await works(environment, java, ['-version'])) return java;
  return undefined;
}

async function works(
  environment: FindEnvironment,
  command: string,
  parameters: readonly string[],
): Promise<boolean> {
  return run(command, [...parameters], { env: { ...environment } }).then(
    () => true,
    () => false,
  );
}

async function inHome(search: Search): Promise<ZooKeeperSource | undefined> {
  const home = search.environment['ZOOKEEPER_HOME'];
  if (home === undefined || home === '') return undefined;
  // Its jars lie in lib/; of releases before 3.5 the server's own lies beside that folder.
  const folders = [join(home, 'lib'), home];
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
  if (!names.flat().some((name) => /^zookeeper-.*\.jar$/.test(name)))
    throw new NoZooKeeperError(
      `ZOOKEEPER_HOME is ${home}, but there is no zookeeper-*.jar in ${folders.join(' or ')}: correct or unset it`,
    );
  const java = await findJava(search);
  if (java === undefined)
    throw new NoZooKeeperError('ZOOKEEPER_HOME is set, but there is no java to start it with: install Java');
  return {
    kind: 'java',
    java,
    classpath: classpath(folders.map((folder) => join(folder, '*'))),
    description: `ZooKeeper of ZOOKEEPER_HOME (${home})`,
  };
}

const classpath = (entries: readonly string[]): string =>
  entries.join(process.platform === 'win32' ? ';' : ':');

async function inDebian(search: Search): Promise<ZooKeeperSource | undefined> {
  const folder = search.debianJars;
  if (!(await exists(join(folder, 'zookeeper.jar')))) return undefined;
  const java = await findJava(search);
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
    description: `ZooKeeper of Debian's libzookeeper-java (${folder})`,
  };
}

async function byMaven(search: Search): Promise<ZooKeeperSource | undefined> {
  const { environment, progress, fetchedJars } = search;
  const java = await findJava(search);
  if (java === undefined) return undefined;
  if (!(await exists(join(fetchedJars, 'jars')))) {
    if (!(await works(environment, 'mvn', ['--version']))) return undefined;
    progress('fetching ZooKeeper 3.8.4 with Maven into .zookeeper/ ...');
    if (!(await fetchJars(search))) return undefined;
  }
  return {
    kind: 'java',
    java,
    classpath: join(fetchedJars, 'jars', '*'),
    description: 'ZooKeeper 3.8.4 from Maven, in .zookeeper/',
  };
}

/** Into a folder of its own that gets its name when complete: two that fetch at once do not meet half a set. */
async function fetchJars({ environment, progress, fetchedJars }: Search): Promise<boolean> {
  await mkdir(fetchedJars, { recursive: true });
  const folder = join(fetchedJars, `fetching-${process.pid}`);
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`], {
      env: { ...environment },
    });
    if ((await readdir(folder)).length === 0) return false;
    await rename(folder, join(fetchedJars, 'jars')).catch(async (error: unknown) => {
      if (!(await exists(join(fetchedJars, 'jars')))) throw error;
    });
    return true;
  } catch (error) {
    progress(`Maven could not fetch ZooKeeper: ${reasonOf(error, /^\[ERROR\] /)}`);
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function byApt(search: Search): Promise<ZooKeeperSource | undefined> {
  if (!search.mayInstall) return undefined;
  const { environment, progress } = search;
  progress(`installing ZooKeeper: apt-get install -y ${DEBIAN_PACKAGES.join(' ')} ...`);
  const options = { env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 };
  const install = (): Promise<unknown> =>
    run('apt-get', ['install', '-y', '--no-install-recommends', ...DEBIAN_PACKAGES], options);
  try {
    await install().catch(async () => {
      // Its lists may be too old, or in a fresh container absent.
      await run('apt-get', ['update'], options);
      await install();
    });
  } catch (error) {
    progress(`apt-get could not install ZooKeeper: ${reasonOf(error, /^E: /)}`);
    return undefined;
  }
  return inDebian(search);
}

/** The first line by which a program says what it failed of, else how it could not even be run. */
function reasonOf(error: unknown, marked: RegExp): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { stdout = '', stderr = '', message = '' } = error as Partial<Record<string, string>>;
  const lines = `${stderr}\n${stdout}`.split('\n');
  return lines.find((line) => marked.test(line)) ?? message.split('\n')[0] ?? '';
}

async function byDocker({ environment }: Search): Promise<ZooKeeperSource | undefined> {
  if (!(await works(environment, 'docker', ['version', '--format', '{{.Server.Version}}']))) return undefined;
  return { kind: 'docker', image: DOCKER_IMAGE, description: `ZooKeeper in Docker (${DOCKER_IMAGE})` };
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
