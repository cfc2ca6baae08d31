/**
 * One TCP connection over a Node socket. The addresses are taken when it opens, because Node forgets them when it
 * closes, and IPv4 addresses lose the `::ffff:` that a dual-stack listener gives them: ACLs and quotas name hosts.
 */
import type { Socket } from 'node:net';
import type { Connection } from '../network.ts';

export class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  #closed = false;
  #error: Error | undefined;
  #onClose: (error: Error | undefined) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
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
    this.#socket.on('data', handler);
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
    let unsent = buffers.length;
    const taken = (error?: Error | null): void => {
      if (error === undefined || error === null) unsent -= 1;
      if (unsent === 0) onSent?.();
    };
    // Corked buffers leave in one writev when the cork is pulled.
    if (buffers.length > 1) socket.cork();
    for (const buffer of buffers) flowing = onSent ? socket.write(buffer, taken) : socket.write(buffer);
    if (buffers.length > 1) socket.uncork();
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
