/** A cluster for one run: `klassik up` into a temporary folder, on ports that are free, and `klassik down`. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const KLASSIK = fileURLToPath(new URL('../../bin/klassik.js', import.meta.url));

export async function startCluster({ name, overrides = {} }, say) {
  say('starting ZooKeeper and three brokers (--bootstrap-server takes a cluster that runs already) ...');
  const dir = await mkdtemp(join(tmpdir(), `klassik-${name}-`));
  const stop = async () => {
    await klassik('down', '--dir', dir).catch(() => undefined); // It may not have come up.
    await rm(dir, { recursive: true, force: true });
  };
  try {
    // --detach: a Ctrl-C in the terminal is for us, and we stop the cluster when we are done with it.
    const ports = ['--port', '0', '--zookeeper-port', '0'];
    const settings = Object.entries(overrides).flatMap(([key, value]) => ['--override', `${key}=${value}`]);
    const { stdout } = await klassik('up', '--detach', '--dir', dir, ...ports, ...settings);
    return { bootstrap: valueOf('BOOTSTRAP', stdout), zookeeper: valueOf('ZK', stdout), stop };
  } catch (error) {
    await stop();
    throw new Error(`the cluster did not start:\n${error.stderr ?? error.message}`, { cause: error });
  }
}

function klassik(...args) {
  return promisify(execFile)(process.execPath, [KLASSIK, ...args]);
}

/** `klassik up` prints lines such as BOOTSTRAP="localhost:9092,localhost:9093". */
function valueOf(name, text) {
  return text.match(new RegExp(`^${name}="(.*)"$`, 'm'))[1];
}
