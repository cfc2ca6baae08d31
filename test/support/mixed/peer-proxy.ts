/**
 * The way of the other brokers to one broker: a TCP proxy in front of its inter-broker listener that knows who connects,
 * because every request says so (client.id): `broker-1-fetcher-0` is broker 1 as a follower, `1` is broker 1 as the
 * controller. So it can do to one pair of brokers, or to followers only, what networks do: let nothing through for a
 * while, or be slow and narrow. What is held up is not lost: it arrives later, as with TCP in a real partition.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Peer {
  /** -1: no broker's name. */
  readonly brokerId: number;
  readonly isFetcher: boolean;
  /** As a coordinator that ends transactions. */
  readonly isMarkerSender: boolean;
}

export interface Line {
  readonly delayMs: number;
  readonly bytesPerSecond: number;
}

const FETCHER = /^broker-(\d+)-fetcher-\d+$/;
const MARKER_SENDER = /^broker-\d+-txn-marker-sender$/;
const BROKER = /^(?:broker-)?(\d+)(?:-.*)?$/;
/** Size, API key, version, correlation id; then the length of the client id. */
const CLIENT_ID_LENGTH_AT = 12;
const PERFECT: Line = { delayMs: 0, bytesPerSecond: Infinity };

export class PeerProxy {
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #isHeld: (peer: Peer) => boolean = () => false;
  #line: Line = PERFECT;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async to(targetPort: number): Promise<PeerProxy> {
    const proxy = new PeerProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** From now on nothing passes between the broker and these peers, and nothing is closed. */
  hold(isHeld: (peer: Peer) => boolean): void {
    this.#isHeld = isHeld;
    for (const link of this.#links) link.update(isHeld);
  }

  /** Everything passes again, what was held up first. */
  release(): void {
    this.hold(() => false);
  }

  /** How fast bytes travel from now on, either way. */
  degrade(line: Line = PERFECT): void {
    this.#line = line;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const link of this.#links) link.end();
    await closed;
  }

  #accept(client: Socket): void {
    const link = new Link(client, this.#targetPort, () => this.#line);
    this.#links.add(link);
    client.once('close', () => this.#links.delete(link));
    link.onNamed = () => link.update(this.#isHeld);
  }
}

class Link {
  onNamed: () => void = () => undefined;
  readonly #client: Socket;
  readonly #targetPort: number;
  readonly #line: () => Line;
  readonly #pipes: Pipe[] = [];
  #upstream: Socket | undefined;
  #peer: Peer | undefined;
  #first: Buffer = Buffer.alloc(0);
  #held = false;

  constructor(client: Socket, targetPort: number, line: () => Line) {
    this.#client = client;
    this.#targetPort = targetPort;
    this.#line = line;
    client.on('error', () => this.end());
    client.on('close', () => this.end());
    client.on('data', this.#readName);
  }

  /** Nothing is passed on before it is known from whom it is. */
  readonly #readName = (chunk: Buffer): void => {
    this.#first = Buffer.concat([this.#first, chunk]);
    const clientId = clientIdIn(this.#first);
    if (clientId === undefined) return;
    this.#client.off('data', this.#readName);
    // Without a reader its bytes would be gone.
    this.#client.pause();
    this.#peer = peerOf(clientId);
    this.onNamed();
  };

  update(isHeld: (peer: Peer) => boolean): void {
    if (this.#peer === undefined) return;
    this.#held = isHeld(this.#peer);
    for (const pipe of this.#pipes) pipe.hold(this.#held);
    if (!this.#held && this.#upstream === undefined && !this.#client.destroyed) this.#connect();
  }

  #connect(): void {
    const upstream = connect(this.#targetPort, '127.0.0.1');
    this.#upstream = upstream;
    upstream.on('error', () => this.end());
    upstream.on('close', () => this.end());
    this.#pipes.push(
      new Pipe(this.#client, upstream, this.#line, this.#first),
      new Pipe(upstream, this.#client, this.#line),
    );
    this.#client.resume();
  }

  end(): void {
    this.#client.destroy();
    this.#upstream?.destroy();
  }
}

/** One direction: chunks in order, each when its time has come. */
class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #line: () => Line;
  readonly #queue: { readonly dueMs: number; readonly chunk: Buffer }[] = [];
  #freeAtMs = 0;
  #held = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, line: () => Line, first?: Buffer) {
    this.#from = from;
    this.#to = to;
    this.#line = line;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.once('close', () => clearTimeout(this.#timer));
    if (first !== undefined) this.#take(first);
  }

  hold(held: boolean): void {
    this.#held = held;
    if (held) {
      this.#from.pause();
      return;
    }
    this.#pump();
    this.#from.resume();
  }

  #take(chunk: Buffer): void {
    const { delayMs, bytesPerSecond } = this.#line();
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (chunk.length / bytesPerSecond) * 1000;
    this.#queue.push({ dueMs: this.#freeAtMs + delayMs, chunk });
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#held) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(waitMs));
        return;
      }
      this.#queue.shift();
      this.#to.write(next.chunk);
    }
  }
}

/** Undefined while too little of the first request has come. */
function clientIdIn(bytes: Buffer): string | undefined {
  const start = CLIENT_ID_LENGTH_AT + 2;
  if (bytes.length < start) return undefined;
  const length = Math.max(0, bytes.readInt16BE(CLIENT_ID_LENGTH_AT));
  return bytes.length < start + length ? undefined : bytes.toString('utf8', start, start + length);
}

function peerOf(clientId: string): Peer {
  const fetcher = FETCHER.exec(clientId)?.[1];
  const brokerId = Number(fetcher ?? BROKER.exec(clientId)?.[1] ?? -1);
  return { brokerId, isFetcher: fetcher !== undefined, isMarkerSender: MARKER_SENDER.test(clientId) };
}
