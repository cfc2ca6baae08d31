/**
 * Two disks of their own for a test, in a mount namespace nobody else sees: one that is tiny (tmpfs), and one that can be
 * made to hang (ext4 on a loop device: while it is frozen every write to it waits). A process that ends when our end of
 * its standard input does keeps the namespace alive, and everybody else gets there through `/proc/PID/root`. So nothing
 * stays mounted, whatever becomes of the test.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';

/** Large enough for the empty segments of a few partitions. */
const TINY_BYTES = 4 << 20;
const HANGING_BYTES = 64 << 20;
const CAP_SYS_ADMIN = 21n;

const MOUNT = `
set -e
mkdir "$1/tiny" "$1/hanging"
mount -t tmpfs -o size=$2 klassik "$1/tiny"
truncate -s $3 "$1/image"
mkfs.ext4 -q -F "$1/image"
mount -o loop "$1/image" "$1/hanging"
rmdir "$1/hanging/lost+found"
echo mounted
exec cat > /dev/null
`;

/** Thaws it also when we are killed: the freeze outlives every process and every mount. */
const FREEZE = `
exec 3< "$1"
fsfreeze -f /proc/self/fd/3
echo frozen
read -r _
fsfreeze -u /proc/self/fd/3
`;

/** Why there can be no such disks here, or undefined. On the CI machine no tool may be missing. */
export function whyNoRealDisks(): string | undefined {
  if (process.platform !== 'linux') return 'mounts in a namespace need Linux';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if ((BigInt(`0x${effective}`) & (1n << CAP_SYS_ADMIN)) === 0n)
    return 'this process may not mount (no CAP_SYS_ADMIN)';
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices';
  const missing = ['unshare', 'mount', 'mkfs.ext4', 'fsfreeze'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  );
  if (missing.length === 0) return undefined;
  const without = `there is no ${missing.join(', no ')}`;
  if (process.env['CI'] !== undefined) throw new Error(`${without}: install util-linux, mount and e2fsprogs`);
  return without;
}

export interface RealDisks {
  readonly tiny: string;
  readonly hanging: string;
  /** Every write to `hanging` waits until the function it gives is called. */
  freeze(): Promise<() => Promise<void>>;
  unmount(): Promise<void>;
}

export async function mountRealDisks(dir: string): Promise<RealDisks> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', MOUNT, 'sh', dir];
  const holder = await started('unshare', [...args, String(TINY_BYTES), String(HANGING_BYTES)]);
  const root = `/proc/${holder.pid}/root${dir}`;
  const hanging = `${root}/hanging`;
  return {
    tiny: `${root}/tiny`,
    hanging,
    freeze: async () => {
      const freezer = await started('sh', ['-c', FREEZE, 'sh', hanging]);
      return () => ended(freezer);
    },
    unmount: () => ended(holder),
  };
}

/** Once it has said its first word. */
async function started(command: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit').then(() => Promise.reject(new Error(`${command} ended early`)));
  await Promise.race([once(child.stdout, 'data'), exit]);
  exit.catch(() => undefined);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin?.end('\n');
  await exit;
}
