/**
 * One connection to one ZooKeeper server: frames in and out, and its liveness.
 *
 * Invariants: a link that never shakes hands ends within its handshake timeout, a silent one within two thirds of the
 * session timeout, so the remaining third is left to reach another server before the session expires. A broker that
 * was itself stalled looks once more after a turn of its event loop, when what lay in the socket has been read,
 * before it blames the server.
 */
import { FrameReader } from './frame-reader.ts';
import { requestFrame, requests, XID } from './records.ts';
import type { Clock, Connection, Timer, Timers } from '../../runtime/index.ts';

export interface LinkOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly maxFrameBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly onFrame: (frame: Buffer) => void;
  /** Called once; nothing comes after it. */
  readonly onEnd: (reason: unknown) => void;
}

const READ_TIMEOUT_OF_SESSION = 2 / 3;
const PING_INTERVAL_OF_SESSION = 1 / 3;

export class Link {
  readonly #options: LinkOptions;
  readonly #frames: FrameReader;
  #timer: Timer;
  #pingTimer: Timer | undefined;
  #lastReceivedMs: number;
  #ended = false;

  constructor(options: LinkOptions) {
    const { connection, clock, timers, handshakeTimeoutMs } = options;
    this.#options = options;
    this.#frames = new FrameReader(options.maxFrameBytes);
    this.#lastReceivedMs = clock.monotonicMs();
    this.#timer = timers.after(handshakeTimeoutMs, () =>
      this.end(new Error(`no handshake within ${handshakeTimeoutMs} ms`)),
    );
    connection.onData((chunk) => this.#receive(chunk));
    connection.onClose((error) => this.end(error ?? new Error('the server closed the connection')));
  }

  send(frame: Buffer): void {
    if (!this.#ended) this.#options.connection.write([frame]);
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#lastReceivedMs = this.#options.clock.monotonicMs();
    try {
      for (const frame of this.#frames.push(chunk)) {
        this.#options.onFrame(frame);
        if (this.#isEnded()) return;
      }
    } catch (error) {
      // Bytes that make no sense end this connection, never the process.
      this.end(error);
    }
  }

  /** The handshake is done: from now on pings go out and silence is watched. */
  keepAlive(sessionTimeoutMs: number): void {
    this.#timer.cancel();
    this.#watchSilence(sessionTimeoutMs * READ_TIMEOUT_OF_SESSION);
    this.#schedulePing(sessionTimeoutMs * PING_INTERVAL_OF_SESSION);
  }

  #schedulePing(intervalMs: number): void {
    this.#pingTimer = this.#options.timers.after(intervalMs, () => {
      if (this.#ended) return;
      this.send(requestFrame(XID.PING, requests.ping()));
      this.#schedulePing(intervalMs);
    });
  }

  #watchSilence(readTimeoutMs: number): void {
    const { clock, timers } = this.#options;
    const silenceMs = (): number => clock.monotonicMs() - this.#lastReceivedMs;
    this.#timer = timers.after(Math.max(1, readTimeoutMs - silenceMs()), () => {
      if (this.#ended) return;
      if (silenceMs() < readTimeoutMs) {
        this.#watchSilence(readTimeoutMs);
        return;
      }
      timers.endOfTurn(() => {
        if (this.#ended) return;
        if (silenceMs() < readTimeoutMs) {
          this.#watchSilence(readTimeoutMs);
          return;
        }
        this.end(new Error(`the server was silent for ${Math.round(silenceMs())} ms`));
      });
    });
  }

  #isEnded(): boolean {
    return this.#ended;
  }

  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer.cancel();
    this.#pingTimer?.cancel();
    this.#options.connection.destroy();
    this.#options.onEnd(reason);
  }
}
