/**
 * One open file of the real machine. The system may take or give fewer bytes than asked: both ends loop. Everything is
 * done by libuv's threads, as many at a time as the disk may have (disk-threads.ts): nobody knows of a call beforehand
 * that its device will hang (docs/adr/004).
 */
import { read, write, writev } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { DiskFile } from '../disk.ts';
import type { DiskLane } from './disk-threads.ts';

export class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #lane: DiskLane;

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

  sync(): Promise<void> {
    return this.#lane.run(() => this.#handle.sync());
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
