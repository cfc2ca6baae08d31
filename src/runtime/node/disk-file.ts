/**
 * One open file of the real machine. The system may take or give fewer bytes than asked: both ends loop. Everything is
 * done by libuv's threads, as many at a time as the disk may have (disk-threads.ts), but for small writes to a broker's
 * only disk (inline-writes.ts).
 */
import { read, write, writev, writevSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { DiskFile } from '../disk.ts';
import type { DiskLane } from './disk-threads.ts';

export class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #lane: DiskLane;
  #syncs = 0;

  constructor(path: string, handle: FileHandle, lane: DiskLane) {
    this.path = path;
    this.#handle = handle;
    this.#lane = lane;
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const bytesRead = await this.#lane.run(() => this.#readSome(buffer, done, position + done));
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async writev(buffers: readonly Buffer[], position: number): Promise<void> {
    let waiting = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    while (waiting.length > 0) {
      const written = await this.#lane.run(() => this.#writeSome(waiting, at));
      at += written;
      waiting = withoutFirst(waiting, written);
    }
  }

  writeNow(buffers: readonly Buffer[], position: number): boolean {
    // A file that is being synced may hold up its writers until that is done.
    if (this.#syncs > 0) return false;
    const { inlineWrites } = this.#lane;
    if (inlineWrites === undefined) return false;
    let bytes = 0;
    for (const { length } of buffers) bytes += length;
    if (!inlineWrites.isAllowed(bytes)) return false;
    inlineWrites.run(() => {
      const { fd } = this.#handle;
      let waiting = buffers;
      let done = 0;
      while (done < bytes) {
        const written: number = writevSync(fd, waiting, position + done);
        done += written;
        if (done < bytes) waiting = withoutFirst(waiting, written);
      }
    });
    return true;
  }

  #readSome(buffer: Buffer, from: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#handle.fd, buffer, from, buffer.length - from, position, (error, bytesRead) =>
        error === null ? resolve(bytesRead) : reject(error),
      );
    });
  }

  #writeSome(buffers: Buffer[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, bytesWritten: number): void =>
        error === null ? resolve(bytesWritten) : reject(error);
      const [first] = buffers;
      if (buffers.length === 1 && first) write(this.#handle.fd, first, 0, first.length, position, done);
      else writev(this.#handle.fd, buffers, position, done);
    });
  }

  truncate(size: number): Promise<void> {
    return this.#lane.run(() => this.#handle.truncate(size));
  }

  async sync(): Promise<void> {
    this.#syncs += 1;
    try {
      await this.#lane.run(() => this.#handle.sync());
    } finally {
      this.#syncs -= 1;
    }
  }

  async size(): Promise<number> {
    return (await this.#lane.run(() => this.#handle.stat())).size;
  }

  close(): Promise<void> {
    return this.#lane.run(() => this.#handle.close());
  }
}

/** What is left of `buffers` after their first `count` bytes. */
function withoutFirst(buffers: readonly Buffer[], count: number): Buffer[] {
  let skip = count;
  let first = 0;
  while (first < buffers.length && skip >= buffers[first]!.length) skip -= buffers[first++]!.length;
  const rest = buffers.slice(first);
  if (skip > 0) rest[0] = rest[0]!.subarray(skip);
  return rest;
}
