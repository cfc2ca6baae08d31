/** A socket server and plain clients in a simulated world, for the tests of this room. */
import { Metrics } from '../../../src/metrics/index.ts';
import { SocketServer } from '../../../src/network/index.ts';
import type { ReceivedRequest, SocketServerOptions } from '../../../src/network/index.ts';
import type { Clock, Connection } from '../../../src/runtime/index.ts';
import { createWorld } from '../../simulation/world/index.ts';
import type { World } from '../../simulation/world/index.ts';

export type Session = { readonly opened: number };
export type Request = ReceivedRequest<Session>;

export function frameOf(payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

export interface TestServer {
  readonly world: World;
  readonly server: SocketServer<Session>;
  readonly metrics: Metrics;
  readonly requests: Request[];
  readonly port: number;
  readonly connect: (host?: string) => Promise<TestClient>;
}

interface StartOptions {
  readonly processing?: boolean;
  readonly seed?: string;
  /** Instead of the world's, which stands still while something runs. */
  readonly clock?: Clock;
}

/** Without `onRequest`, requests gather in `requests` and wait to be answered. */
export async function startServer(
  options: Partial<SocketServerOptions<Session>> = {},
  { processing = true, seed = 'network', clock }: StartOptions = {},
): Promise<TestServer> {
  const world = createWorld(seed);
  const runtime = { ...world.runtimeFor('broker'), ...(clock && { clock }) };
  const requests: Request[] = [];
  const metrics = new Metrics(runtime.clock);
  const server = new SocketServer<Session>({
    runtime,
    metrics,
    listeners: [{ listenerName: 'PLAINTEXT', host: '', port: 0 }],
    openSession: ({ openedAtMs }) => ({ opened: openedAtMs }),
    onRequest: (request) => requests.push(request),
    ...options,
  });
  const ports = await server.bind();
  if (processing) server.startProcessing();
  const port = [...ports.values()][0]!;
  const connect = (host = 'client'): Promise<TestClient> => TestClient.connect(world, host, port);
  return { world, server, metrics, requests, port, connect };
}

export class TestClient {
  readonly socket: Connection;
  received = '';
  closed = false;

  constructor(socket: Connection) {
    this.socket = socket;
    socket.onData((chunk) => (this.received += chunk.toString('latin1')));
    socket.onClose(() => (this.closed = true));
  }

  static async connect(world: World, host: string, port: number): Promise<TestClient> {
    const connecting = world.runtimeFor(host).network.connect({ host: 'broker', port, timeoutMs: 1000 });
    return new TestClient(await world.settle(connecting));
  }

  send(...payloads: (string | Buffer)[]): void {
    this.socket.write(payloads.map(frameOf));
  }
}
