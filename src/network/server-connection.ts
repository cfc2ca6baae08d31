/**
 * One client's connection as the broker sees it: Kafka's channel. One request is handled at a time, the channel
 * being muted until its response is on its way. Meanwhile no more is read ahead than came with one read of the socket;
 * the rest waits in the system's socket buffer, which is what slows a client down that sends faster than it is served.
 *
 * There is one exception, which the original does not make: a request may say that what is left of it is waiting and
 * no longer depends on its turn. Then the next one is handled if it is of the same API, and a few more. A producer's
 * batches so reach the log while those before them are on their way to the followers, who fetch several at a time.
 *
 * Invariant: requests are begun, and responses sent, in the order in which the requests came.
 *
 * A client that does not read its responses is not served either: the next request waits until the bytes that
 * wait for it have been taken.
 */
import type { Connection, Timer } from '../runtime/index.ts';
import { errorMessageOf } from '../runtime/index.ts';
import type { FramePool } from './frame-pool.ts';
import { FrameReader } from './frame-reader.ts';
import type { MemoryClaim, RequestMemory } from './request-memory.ts';

/** Requests in hand: as many as an idempotent producer may have under way. */
const MAX_EXCHANGES = 5;

/** Bytes of requests in hand beyond which no further one is begun, so that a few large ones do not pile up. */
const MAX_EXCHANGED_BYTES = 1 << 20;

const API_KEY_BYTES = 2;

/** Bytes of responses that may wait for a slow reader before its next request is looked at. */
const MAX_PENDING_RESPONSE_BYTES = 1 << 20;

export interface RespondOptions {
  /** How long the channel stays muted after the response (KIP-219). */
  readonly throttleMs?: number;
  /** Closes the connection once the response is sent. */
  readonly thenClose?: string;
  /** Called when nobody needs the response's buffers any more; never if the connection closed before. */
  readonly onSent?: (() => void) | undefined;
}

/** One request, to be answered exactly once by `respond` or by closing its connection. */
export interface ReceivedRequest<Session> {
  readonly frame: Buffer;
  readonly connection: ServerConnection<Session>;
  /** On the monotonic clock, when its last byte had been read. */
  readonly receivedAtMs: number;
  /** Sends the response and lets the next request come; null where the client expects none (acks=0). */
  respond(response: readonly Buffer[] | null, options?: RespondOptions): void;
  /**
   * What is left of this request is waiting, and the order of requests is kept whatever comes next: the connection's
   * next one of the same API may be handled. Its response is sent behind this one's.
   */
  letSameFollow(): void;
  /** Gives the request's bytes back to the memory bound before the response, once nothing refers to them. */
  releaseMemory(): void;
}

/** What a connection asks of the server it belongs to, and tells it. */
export interface ChannelHost<Session> {
  readonly memory: RequestMemory;
  readonly frames: FramePool;
  /** Nobody keeps a byte of a request of this API once it is answered. */
  mayReuse(apiKey: number): boolean;
  readonly maxRequestBytes: number;
  /** False: requests are left unread. */
  readonly isProcessing: boolean;
  nowMs(): number;
  after(delayMs: number, callback: () => void): Timer;
  endOfTurn(callback: () => void): void;
  /** The turn has handled requests for long enough, so that those of this listener have to wait. */
  isTurnSpent(listenerName: string): boolean;
  openSession(connection: ServerConnection<Session>): Session;
  onBytes(connection: ServerConnection<Session>, bytes: number): void;
  onRequest(request: ReceivedRequest<Session>): void;
  onResponse(connection: ServerConnection<Session>, response: readonly Buffer[]): void;
  onClosed(connection: ServerConnection<Session>, reason: string): void;
}

export class ServerConnection<Session> {
  /** `localHost:localPort-remoteHost:remotePort-index`, as in Kafka's request log. */
  readonly id: string;
  readonly listenerName: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** What the server's rooms keep per connection: principal, SASL state, client software. */
  readonly session: Session;
  readonly openedAtMs: number;
  lastActiveMs: number;

  readonly #host: ChannelHost<Session>;
  readonly #socket: Connection;
  readonly #reader: FrameReader;
  /** The memory bound's answer to the frame that had to wait for room. */
  readonly #admission: Admission;
  #ready: Buffer | undefined;
  /** In the order in which they came: all but the last let the next one follow. */
  readonly #exchanges: Exchange<Session>[] = [];
  #exchangedBytes = 0;
  #throttle: Timer | undefined;
  #started = false;
  #paused = true;
  #pumping = false;
  /** A request is at hand that the next turn will handle. */
  #isPutOff = false;
  #closed = false;
  #closeReason: string | undefined;

  constructor(host: ChannelHost<Session>, socket: Connection, listenerName: string, index: number) {
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    this.id = `${localAddress}:${localPort}-${remoteAddress}:${remotePort}-${index}`;
    this.listenerName = listenerName;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.localAddress = localAddress;
    this.localPort = localPort;
    this.openedAtMs = this.lastActiveMs = host.nowMs();
    this.#host = host;
    this.#socket = socket;
    this.#admission = new Admission(host, () => this.#pump());
    this.#reader = new FrameReader({
      maxBytes: host.maxRequestBytes,
      admit: (bytes) => this.#admission.admit(bytes),
      allocate: (bytes, apiKey) => (host.mayReuse(apiKey) ? host.frames.take(bytes) : undefined),
    });
    this.session = host.openSession(this);
    socket.onDrain(() => this.#pump());
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** True while a request is being handled or its throttle time runs. */
  get isMuted(): boolean {
    return this.#exchanges.length > 0 || this.#throttle !== undefined;
  }

  /** Starts reading: before, bytes wait in the system's buffer. */
  start(): void {
    if (this.#started) {
      this.#pump();
      return;
    }
    this.#started = true;
    this.#socket.onData((chunk) => this.#onData(chunk));
    this.#paused = false;
    this.#pump();
  }

  /** Closes at once. The reason is for the log and for people; the client sees only that it is closed. */
  close(reason: string): void {
    this.#closeReason ??= reason;
    this.#socket.destroy();
    this.onSocketClosed(undefined);
  }

  /** Sends what is waiting, then closes. */
  closeAfterSending(reason: string): void {
    this.#closeReason ??= reason;
    this.#socket.end();
  }

  onSocketClosed(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#throttle?.cancel();
    this.#throttle = undefined;
    this.#admission.withdraw();
    this.#dropExchanges();
    const unread = this.#reader.admittedBytes + (this.#ready?.length ?? 0);
    this.#ready = undefined;
    const reason = this.#closeReason ?? (error === undefined ? 'closed by the client' : error.message);
    this.#host.onClosed(this, reason);
    if (unread > 0) this.#host.memory.release(unread);
  }

  /** An exchange has ended: its response is written when those before it are, and what comes next may come. */
  finish(exchange: Exchange<Session>): void {
    if (this.#closed || !this.#exchanges.includes(exchange)) return;
    exchange.releaseMemory();
    exchange.giveFrameBack();
    for (let first = this.#exchanges[0]; first?.ending !== undefined; first = this.#exchanges[0]) {
      this.#exchanges.shift();
      this.#exchangedBytes -= first.frame.length;
      if (!this.#send(first.ending)) return;
    }
    this.#pump();
  }

  /** False when it was the last response of the connection. */
  #send({ response, throttleMs = 0, thenClose, onSent }: Ending): boolean {
    if (response !== null) {
      this.#host.onResponse(this, response);
      this.#socket.write(response, onSent);
    }
    if (thenClose !== undefined) {
      this.#dropExchanges();
      this.closeAfterSending(thenClose);
      return false;
    }
    if (throttleMs > 0) {
      this.#throttle?.cancel();
      this.#throttle = this.#host.after(throttleMs, () => this.#endThrottle());
    }
    return true;
  }

  /** Nobody will hear of them. */
  #dropExchanges(): void {
    for (const exchange of this.#exchanges.splice(0)) exchange.releaseMemory();
    this.#exchangedBytes = 0;
  }

  /** For the exchange that was begun last. */
  onMayFollow(): void {
    this.#pump();
  }

  #endThrottle(): void {
    this.#throttle = undefined;
    this.#pump();
  }

  #onData(chunk: Buffer): void {
    if (this.#closed) return;
    this.#host.onBytes(this, chunk.length);
    this.#reader.append(chunk);
    this.#pump(true);
  }

  /** Does whatever can be done now: hands out requests, reads ahead, pauses or resumes the socket. */
  #pump(isChunkLent = false): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#readAhead() && this.#mayHandle()) {
        if (this.#host.isTurnSpent(this.listenerName)) {
          this.#putOff();
          break;
        }
        this.#handleNext();
      }
      if (isChunkLent) this.#reader.keep();
      this.#steerSocket();
    } catch (error) {
      this.close(errorMessageOf(error));
    } finally {
      this.#pumping = false;
    }
  }

  /** The requests of many connections may come in one turn: those that are left have one of their own. */
  #putOff(): void {
    if (this.#isPutOff) return;
    this.#isPutOff = true;
    this.#host.endOfTurn(() => {
      this.#isPutOff = false;
      this.#pump();
    });
  }

  /** True when a whole frame is at hand. */
  #readAhead(): boolean {
    if (this.#closed || this.#closeReason !== undefined || !this.#host.isProcessing) return false;
    this.#ready ??= this.#reader.next();
    return this.#ready !== undefined;
  }

  #mayHandle(): boolean {
    const last = this.#exchanges.at(-1);
    return (
      this.#throttle === undefined &&
      this.#socket.pendingBytes <= MAX_PENDING_RESPONSE_BYTES &&
      (last === undefined || this.#mayFollow(last))
    );
  }

  #mayFollow(last: Exchange<Session>): boolean {
    const next = this.#ready;
    return (
      last.mayBeFollowed &&
      this.#exchanges.length < MAX_EXCHANGES &&
      this.#exchangedBytes < MAX_EXCHANGED_BYTES &&
      next !== undefined &&
      apiKeyOf(next) === last.apiKey
    );
  }

  #handleNext(): void {
    const frame = this.#ready;
    if (frame === undefined) return;
    this.#ready = undefined;
    const exchange = new Exchange(this, frame, this.#host);
    this.#exchanges.push(exchange);
    this.#exchangedBytes += frame.length;
    this.#host.onRequest(exchange);
  }

  #steerSocket(): void {
    if (this.#closed) return;
    const shouldPause = this.#ready !== undefined || this.#reader.awaitsAdmission;
    if (shouldPause === this.#paused) return;
    this.#paused = shouldPause;
    if (shouldPause) this.#socket.pause();
    else this.#socket.resume();
  }
}

function apiKeyOf(frame: Buffer): number | undefined {
  return frame.length < API_KEY_BYTES ? undefined : frame.readInt16BE(0);
}

interface Ending extends RespondOptions {
  readonly response: readonly Buffer[] | null;
}

class Exchange<Session> implements ReceivedRequest<Session> {
  readonly frame: Buffer;
  readonly connection: ServerConnection<Session>;
  readonly receivedAtMs: number;
  /** Kept: once it is answered, its frame may hold another request. */
  readonly apiKey: number | undefined;
  ending: Ending | undefined;
  mayBeFollowed = false;
  readonly #host: ChannelHost<Session>;
  #reservedBytes: number;

  constructor(connection: ServerConnection<Session>, frame: Buffer, host: ChannelHost<Session>) {
    this.frame = frame;
    this.apiKey = apiKeyOf(frame);
    this.connection = connection;
    this.receivedAtMs = host.nowMs();
    this.#host = host;
    this.#reservedBytes = frame.length;
  }

  respond(response: readonly Buffer[] | null, options: RespondOptions = {}): void {
    if (this.ending !== undefined) return;
    this.ending = { response, ...options };
    this.connection.finish(this);
  }

  letSameFollow(): void {
    this.mayBeFollowed = true;
    this.connection.onMayFollow();
  }

  releaseMemory(): void {
    const bytes = this.#reservedBytes;
    this.#reservedBytes = 0;
    if (bytes > 0) this.#host.memory.release(bytes);
  }

  /** It is answered: whoever handled it is done with its bytes. */
  giveFrameBack(): void {
    const { apiKey, frame } = this;
    if (apiKey !== undefined && this.#host.mayReuse(apiKey)) this.#host.frames.give(frame);
  }
}

/** A frame's way past the memory bound: let in at once, or later when room was kept for it. */
class Admission {
  readonly #host: Pick<ChannelHost<unknown>, 'memory' | 'endOfTurn'>;
  readonly #onGranted: () => void;
  #waiting: MemoryClaim | undefined;
  #grantedBytes = 0;

  constructor(host: Pick<ChannelHost<unknown>, 'memory' | 'endOfTurn'>, onGranted: () => void) {
    this.#host = host;
    this.#onGranted = onGranted;
  }

  admit(bytes: number): boolean {
    if (this.#grantedBytes > 0) {
      this.#grantedBytes = 0;
      return true;
    }
    if (this.#waiting !== undefined) return false;
    if (this.#host.memory.tryReserve(bytes)) return true;
    this.#waiting = { bytes, onGranted: () => this.#granted(bytes) };
    this.#host.memory.wait(this.#waiting);
    return false;
  }

  withdraw(): void {
    if (this.#waiting !== undefined) this.#host.memory.forget(this.#waiting);
    this.#waiting = undefined;
    if (this.#grantedBytes > 0) this.#host.memory.release(this.#grantedBytes);
    this.#grantedBytes = 0;
  }

  #granted(bytes: number): void {
    this.#waiting = undefined;
    this.#grantedBytes = bytes;
    // Another connection's request is just being finished: do not nest this one's in it.
    this.#host.endOfTurn(this.#onGranted);
  }
}
