/** What goes wrong with a disk from a call on, and whether for that call only. */
import type { DiskFault, DiskOperation } from '../../../simulation/world/memory-disk.ts';

export interface Call {
  readonly operation: DiskOperation;
  readonly path: string;
}

export interface Way {
  readonly name: string;
  readonly fault: (call: Call, isFirst: boolean) => DiskFault | undefined;
}

const WRITING: readonly DiskOperation[] = ['write', 'open', 'folder', 'rename', 'truncate'];

export const FAILING_WAYS: readonly Way[] = [
  { name: 'EIO once', fault: (_call, isFirst) => (isFirst ? { code: 'EIO' } : undefined) },
  { name: 'EIO from then on', fault: () => ({ code: 'EIO' }) },
  {
    name: 'ENOSPC from then on, after half a write',
    fault: ({ operation }) => (WRITING.includes(operation) ? { code: 'ENOSPC', bytesTaken: 40 } : undefined),
  },
];

/** A folder that could not be removed lies there until the next start; what was only read or is synced may close badly. */
export const isHarmless = ({ operation, path }: Call): boolean =>
  operation === 'close' || (operation === 'remove' && path.endsWith('-delete'));

/** The kind of a call: of the calls for all segments of a log, one is as good as another. */
export function kindOf({ operation, path }: Call): string {
  return `${operation} ${path.replace(/\d{20}/, 'N').replace(/[0-9a-f]{32}/, 'H')}`;
}
