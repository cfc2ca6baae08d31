/** Disks: slow, full, failing. A broker with one disk that fails ends itself, and comes back when the disk is well. */
import { hostOf } from '../../cluster.ts';
import { USUAL_LATENCY_MS, type DiskFault, type DiskOperation } from '../../world/memory-disk.ts';
import type { FaultKind } from './fault-kind.ts';
import type { Stage } from './stage.ts';

const SLOW_MS = [20, 400] as const;

/** Its disk misbehaves until the fault ends; then the broker is started if it has ended itself. */
function misbehave(
  stage: Stage,
  id: number,
  fault: (operation: DiskOperation, path: string) => DiskFault | undefined,
): () => Promise<void> {
  const disk = stage.cluster.world.disk(hostOf(id));
  disk.fault = fault;
  return async () => {
    disk.fault = () => undefined;
    if (!stage.isUp(id)) await stage.start(id);
  };
}

export const DISK_FAULTS = {
  'slow-disk': {
    about: 'every call to the disk takes up to 0.4 s',
    begin: (stage, [draw = 0]) => {
      const disk = stage.cluster.world.disk(hostOf(stage.brokerOf(draw)));
      disk.latencyMs = SLOW_MS;
      return () => void (disk.latencyMs = USUAL_LATENCY_MS);
    },
  },
  'full-disk': {
    about: 'nothing more can be written to the disk',
    begin: (stage, [draw = 0]) => {
      const id = stage.brokerOf(draw);
      const disk = stage.cluster.world.disk(hostOf(id));
      disk.capacityBytes = disk.usedBytes;
      return async () => {
        disk.capacityBytes = Infinity;
        if (!stage.isUp(id)) await stage.start(id);
      };
    },
  },
  'failing-disk': {
    about: 'a call in so many ends with EIO, of a write in its middle',
    begin: (stage, [draw = 0, oneIn = 0, bytes = 0]) => {
      const every = 2 + Math.floor(oneIn * 40);
      let calls = 0;
      return misbehave(stage, stage.brokerOf(draw), (operation) => {
        if (operation !== 'write' && operation !== 'sync' && operation !== 'read') return undefined;
        calls += 1;
        return calls % every === 0 ? { code: 'EIO', bytesTaken: Math.floor(bytes * 100) } : undefined;
      });
    },
  },
} as const satisfies Readonly<Record<string, FaultKind>>;
