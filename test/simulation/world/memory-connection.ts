/**
 * One end of a simulated connection. What it writes waits here until the other end's window has room, then travels
 * in pieces; the other end keeps what arrives while it is paused. Closing lets what was written arrive first.
 */
import type { Connection } from '../../../src/runtime/index.ts';
import { systemError } from './memory-disk.ts';
import type { MemoryNetwork, NetworkProcess } from './memory-network.ts';

interface End {
  readonly process: NetworkProcess;
  readonly address: string;
  readonly port: number;
}

/** Bytes on their way or unread at the other end: a socket's buffers on both sides. */
const WINDOW_BYTES = 256 * 1024;
/** What is read from a socket at once, at most. */
const SEGMENT_BYTES = 64 * 1024;
/** Above this `write` asks to hold back; below it again, `onDrain` is called. */
const HIGH_WATER_BYTES = 16 * 1024;

export class MemoryConnection implements Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly process: NetworkProcess;
  readonly #network: MemoryNetwork;
  readonly #remoteHost: string;
  #peer!: MemoryConnection;
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #onTheWay = 0;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #lastArrivalMs = 0;
  #ending = false;
  #endSent = false;
  #state: 'open' | 'closed' | 'vanished' = 'open';
  #paused = false;
  #isHeldBack = false;
  #onData: ((chunk: Buffer) => void) | undefined;
  #onClose: (error: Error | undefined) => void = () => undefined;
  #onDrain: () => void = () => undefined;

  constructor(network: MemoryNetwork, local: End, remote: End) {
    this.#network = network;
    this.process = local.process;
    this.#remoteHost = remote.process.host;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
  }

  attach(peer: MemoryConnection): void {
    this.#peer = peer;
  }

  get pendingBytes(): number {
    return this.#unsentBytes;
  }

  onData(handler: (chunk: Buffer) => void): void {
    this.#onData = handler;
    this.#later(() => this.#deliver());
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#onClose = handler;
  }

  onDrain(handler: () => void): void {
    this.#onDrain = handler;
  }

  write(buffers: readonly Buffer[], onSent?: () => void): boolean {
    if (this.#state !== 'open' || this.#ending) return true;
    const data = Buffer.concat(buffers);
    if (onSent !== undefined) this.#later(onSent);
    if (data.length > 0) this.#unsent.push(data);
    this.#unsentBytes += data.length;
    this.#send();
    this.#isHeldBack ||= this.#unsentBytes > HIGH_WATER_BYTES;
    return !this.#isHeldBack;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#later(() => this.#deliver());
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#ending = true;
    this.#send();
  }

  destroy(): void {
    if (this.#state !== 'open') return;
    this.#toPeer(() => this.#peer.#remoteClosed(systemErrorUnless(this.#unreadBytes === 0)));
    this.#close(undefined);
  }

  /** Both ends fail. */
  fail(error: Error): void {
    this.#close(error);
  }

  /** The process of this end is gone without having closed anything. */
  vanish(tellPeer: boolean): void {
    if (this.#state !== 'open') return;
    this.#state = 'vanished';
    if (tellPeer) this.#toPeer(() => this.#peer.#remoteClosed(reset()));
    this.#network.forget(this);
  }

  isBetween(a: string, b: string): boolean {
    const [here, there] = [this.process.host, this.#remoteHost];
    return (here === a && there === b) || (here === b && there === a);
  }

  linkMended(): void {
    this.#send();
  }

  /** Puts on the way what the window has room for. */
  #send(): void {
    if (this.#state !== 'open' || this.#network.isCut(this.process.host, this.#remoteHost)) return;
    while (this.#unsentBytes > 0 && this.#onTheWay + this.#peer.#unreadBytes < WINDOW_BYTES) {
      const piece = this.#nextPiece();
      this.#onTheWay += piece.length;
      this.#toPeer(() => {
        this.#onTheWay -= piece.length;
        this.#peer.#arrived(piece);
      });
    }
    if (this.#isHeldBack && this.#unsentBytes <= HIGH_WATER_BYTES) {
      this.#isHeldBack = false;
      this.#later(() => this.#onDrain());
    }
    if (this.#ending && this.#unsentBytes === 0 && !this.#endSent) {
      this.#endSent = true;
      this.#toPeer(() => {
        this.#peer.#remoteClosed(undefined);
        this.#close(undefined);
      });
    }
  }

  #nextPiece(): Buffer {
    const first = this.#unsent[0]!;
    const size = this.#network.pieceBytes(Math.min(first.length, SEGMENT_BYTES));
    if (size === first.length) this.#unsent.shift();
    else this.#unsent[0] = first.subarray(size);
    this.#unsentBytes -= size;
    return Buffer.from(first.subarray(0, size));
  }

  /** Runs at the other end after the link's delay, never before what was sent earlier; waits while the link is cut. */
  #toPeer(action: () => void): void {
    const [from, to] = [this.process.host, this.#remoteHost];
    const delayMs = this.#network.delayBetween(from, to);
    const now = this.#network.nowMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, now + delayMs);
    this.#network.schedule(this.#lastArrivalMs - now, () => this.#network.whenConnected(from, to, action));
  }

  #arrived(piece: Buffer): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'vanished') {
      // The machine is back, but knows nothing of this connection.
      if (this.#network.isUp(this.process.host)) this.#toPeer(() => this.#peer.#remoteClosed(reset()));
      return;
    }
    this.#network.delivered(this.#remoteHost, this.process.host, piece.length);
    this.#unread.push(piece);
    this.#unreadBytes += piece.length;
    this.#deliver();
  }

  #deliver(): void {
    if (this.process.isPaused) {
      this.#later(() => this.#deliver());
      return;
    }
    while (this.#state === 'open' && !this.#paused && this.#onData !== undefined && this.#unread.length > 0) {
      const chunk = this.#unread.shift()!;
      this.#unreadBytes -= chunk.length;
      this.#onData(chunk);
    }
    if (this.#unreadBytes < WINDOW_BYTES) this.#peer.#send();
    if (this.#remoteEnded && this.#unread.length === 0) this.#close(undefined);
  }

  #remoteEnded = false;

  #remoteClosed(error: Error | undefined): void {
    if (this.process.isPaused) {
      this.#later(() => this.#remoteClosed(error));
      return;
    }
    if (this.#state !== 'open') return;
    if (error !== undefined) {
      this.#close(error);
      return;
    }
    this.#remoteEnded = true;
    this.#deliver();
  }

  #close(error: Error | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    this.#network.forget(this);
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#unread = [];
    this.#unreadBytes = 0;
    this.#later(() => this.#onClose(error));
  }

  #later(callback: () => void): void {
    this.process.after(0, callback);
  }
}

function reset(): Error {
  return systemError('ECONNRESET', 'read', 'connection');
}

/** Closing with bytes unread makes a real system send a reset instead of an end. */
function systemErrorUnless(clean: boolean): Error | undefined {
  return clean ? undefined : reset();
}
