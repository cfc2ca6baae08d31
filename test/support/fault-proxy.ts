/**
 * A TCP proxy that does to connections what networks do: cuts them, goes silent, accepts and never answers, cuts in
 * the middle of a reply, changes bytes.
 */
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export class FaultProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  #silent = false;
  #cutAfterReplyBytes: number | undefined;
  #rewriteReply: ((chunk: Buffer) => Buffer) | undefined;
  /** The first reply on each connection, oldest first: ZooKeeper's answer to the handshake. */
  readonly handshakes: Buffer[] = [];
  /** Connections accepted so far. */
  accepted = 0;

  private constructor(target: string) {
    const [host = '', port] = target.split(':');
    this.#target = { host, port: Number(port) };
    this.#server = createServer((client) => this.#accept(client));
  }

  static async to(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const upstream = connect(this.#target);
    const pair = { client, upstream };
    this.#pairs.add(pair);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      this.#pairs.delete(pair);
    };
    client.on('data', (chunk) => {
      if (!this.#silent) upstream.write(chunk);
    });
    upstream.once('data', (chunk) => this.handshakes.push(Buffer.from(chunk)));
    upstream.on('data', (chunk) => this.#reply(client, chunk, end));
    for (const socket of [client, upstream]) {
      socket.on('error', end);
      socket.on('close', end);
    }
  }

  #reply(client: Socket, chunk: Buffer, end: () => void): void {
    if (this.#silent) return;
    if (this.#cutAfterReplyBytes !== undefined) {
      client.write(chunk.subarray(0, this.#cutAfterReplyBytes), end);
      this.#cutAfterReplyBytes = undefined;
      return;
    }
    const rewrite = this.#rewriteReply;
    this.#rewriteReply = undefined;
    client.write(rewrite === undefined ? chunk : rewrite(chunk));
  }

  /** Ends every open connection. */
  cut(): void {
    for (const { client, upstream } of [...this.#pairs]) {
      client.destroy();
      upstream.destroy();
    }
  }

  /** From now on nothing passes either way, and nothing is closed. */
  goSilent(): void {
    this.#silent = true;
  }

  heal(): void {
    this.#silent = false;
  }

  /** The next reply is cut off after so many bytes, and the connection with it. */
  cutNextReplyAfter(bytes: number): void {
    this.#cutAfterReplyBytes = bytes;
  }

  /** The next reply passes through `rewrite`. */
  rewriteNextReply(rewrite: (chunk: Buffer) => Buffer): void {
    this.#rewriteReply = rewrite;
  }

  /** Stops accepting, as a server that is down: connections are refused. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }
}
