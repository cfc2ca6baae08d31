/**
 * The names of a simulated disk. Creating, renaming and removing change the tree that processes see at once, and the
 * tree that survives a power loss only when the folder is synced. Changes not synced are lost in a loss of power, or
 * survive up to some point, as those of a journalling file system do; a rename survives whole or not at all.
 */
import type { MemoryFile } from './memory-file.ts';
import type { SeededRandom } from './seeded-random.ts';

export class Folder {
  readonly kind = 'folder';
  readonly modifiedMs = 0;
  readonly size = 4096;
  live = new Map<string, Node>();
  durable = new Map<string, Node>();
}

export type Node = Folder | MemoryFile;

interface Assignment {
  readonly folder: Folder;
  readonly name: string;
  readonly node: Node | undefined;
}

/** Survives whole or not at all. */
type Change = readonly Assignment[];

export class FolderTree {
  readonly root = new Folder();
  #unsynced: Change[] = [];

  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of partsOf(path)) {
      if (node?.kind !== 'folder') return undefined;
      node = node.live.get(name);
    }
    return node;
  }

  /** The folder a path lies in and its name there; undefined when that folder is missing. */
  place(path: string): { readonly folder: Folder; readonly name: string } | undefined {
    const parts = partsOf(path);
    const name = parts.pop();
    const folder = this.find(parts.join('/'));
    return name === undefined || folder?.kind !== 'folder' ? undefined : { folder, name };
  }

  assign(...change: Assignment[]): void {
    for (const assignment of change) apply(assignment, 'live');
    this.#unsynced.push(change);
  }

  sync(folder: Folder): void {
    const remaining: Change[] = [];
    for (const change of this.#unsynced)
      if (change.some((assignment) => assignment.folder === folder))
        for (const each of change) apply(each, 'durable');
      else remaining.push(change);
    this.#unsynced = remaining;
  }

  losePower(random: SeededRandom | undefined): void {
    const kept = random === undefined ? 0 : random.below(this.#unsynced.length + 1);
    for (const change of this.#unsynced.slice(0, kept)) for (const each of change) apply(each, 'durable');
    this.#unsynced = [];
    restore(this.root, random);
  }
}

function apply({ folder, name, node }: Assignment, tree: 'live' | 'durable'): void {
  if (node === undefined) folder[tree].delete(name);
  else folder[tree].set(name, node);
}

function restore(folder: Folder, random: SeededRandom | undefined): void {
  folder.live = new Map(folder.durable);
  for (const name of [...folder.live.keys()].sort()) {
    const node = folder.live.get(name)!;
    if (node.kind === 'file') node.losePower(random);
    else restore(node, random);
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
