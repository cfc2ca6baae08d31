/**
 * One TCP connection over a Node socket. The addresses are taken when it opens, because Node forgets them when it
 * closes, and IPv4 addresses lose the `::ffff:` that a dual-stack listener gives them: ACLs and quotas name hosts.
 */
import type { Socket } from 'node:net';
import type { Connection } from '../network.ts';
import type { ChunkHandler } from './read-buffer.ts';

export class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  #closed = false;
  #error: Error | undefined;
  #onClose: (error: Error | undefined) => void = () => undefined;
  readonly #reader: { onChunk: ChunkHandler };
  readonly #readsAside: boolean;

  /** `reader` is whom the socket tells what it read; left out, the socket is read in Node's own way. */
  constructor(socket: Socket, reader?: { onChunk: ChunkHandler }) {
    this.#socket = socket;
    this.#reader = reader ?? { onChunk: () => undefined };
    this.#readsAside = reader !== undefined;
    this.remoteAddress = plainAddress(socket.remoteAddress);
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress);
    this.localPort = socket.localPort ?? 0;
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.once('close', () => {
      this.#closed = true;
      this.#onClose(this.#error);
    });
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  onData(handler: (chunk: Buffer) => void): void {
    if (this.#readsAside) this.#reader.onChunk = handler;
    else this.#socket.on('data', handler);
    this.#socket.resume();
  }

  onClose(handler: (error: Error | undefined) => void): void {
    if (this.#closed) setImmediate(() => handler(this.#error));
    else this.#onClose = handler;
  }

  onDrain(handler: () => void): void {
    this.#socket.on('drain', handler);
  }

  write(buffers: readonly Buffer[], onSent?: () => void): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    let flowing = true;
    const last = buffers.length - 1;
    // Corked buffers leave in one writev when the cork is pulled.
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index++) socket.write(buffers[index]!);
    // They leave in order: what is true of the last is true of all.
    if (last >= 0) flowing = socket.write(buffers[last]!, onSent && ((error) => error ?? onSent()));
    if (last > 0) socket.uncork();
    return flowing;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function plainAddress(address: string | undefined): string {
  const text = address ?? '';
  return text.startsWith('::ffff:') ? text.slice('::ffff:'.length) : text;
}
