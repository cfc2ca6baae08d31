/**
 * One open file of the real machine. The system may take or give fewer bytes than asked: both ends loop.
 *
 * Reads and writes go through the callback API on the handle's descriptor: FileHandle's own methods cost about twice
 * the CPU for each call (bench/append.ts).
 */
import { read, write, writev } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { DiskFile } from '../disk.ts';

export class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  async read(buffer: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const bytesRead = await this.#readSome(buffer, done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async writev(buffers: readonly Buffer[], position: number): Promise<void> {
    let waiting = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    while (waiting.length > 0) {
      const written = await this.#writeSome(waiting, at);
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
    return this.#handle.truncate(size);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** What is left of `buffers` after their first `count` bytes. */
function withoutFirst(buffers: Buffer[], count: number): Buffer[] {
  let skip = count;
  let first = 0;
  while (first < buffers.length && skip >= buffers[first]!.length) skip -= buffers[first++]!.length;
  const rest = buffers.slice(first);
  if (skip > 0) rest[0] = rest[0]!.subarray(skip);
  return rest;
}
