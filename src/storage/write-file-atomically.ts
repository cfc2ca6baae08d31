/**
 * Replaces a small file so that a crash leaves the old or the new content, never a mix: write aside, sync, rename,
 * sync the folder. Checkpoints and meta.properties depend on it (contract section 4.1).
 */
import type { Disk } from '../runtime/index.ts';

export async function writeFileAtomically(disk: Disk, path: string, content: Buffer | string): Promise<void> {
  const aside = `${path}.tmp`;
  const file = await disk.open(aside, 'replace');
  try {
    await file.writev([typeof content === 'string' ? Buffer.from(content, 'utf8') : content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(aside, path);
  await disk.syncFolder(path.slice(0, path.lastIndexOf('/')));
}
