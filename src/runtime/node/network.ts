/** TCP of the real machine. Nagle is off, as in Kafka: requests and answers are whole messages, not keystrokes. */
import { connect, createServer, type Socket } from 'node:net';
import type { Logger } from '../logger.ts';
import type { ConnectAddress, Connection, ListenAddress, Listener, Network } from '../network.ts';
import { NodeConnection } from './connection.ts';
import { readIntoSharedBuffer, withSharedBuffer } from './read-buffer.ts';

/** Kafka's default of socket.listen.backlog.size. */
const DEFAULT_BACKLOG = 50;

export class NodeNetwork implements Network {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  listen(address: ListenAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    const server = createServer({ noDelay: true, keepAlive: true, pauseOnConnect: true }, (accepted) =>
      onConnection(acceptedConnection(accepted)),
    );
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      const { host, port, backlog = DEFAULT_BACKLOG } = address;
      server.listen({ port, backlog, ...(host === '' ? {} : { host }) }, () => {
        server.off('error', reject);
        // Out of file handles, most likely: the connection is lost, the listener lives.
        server.on('error', (error) => this.#logger.warn('a connection could not be accepted', { error }));
        const bound = server.address();
        resolve({
          port: typeof bound === 'object' && bound !== null ? bound.port : port,
          // close() stops accepting in this very call; its callback would wait for every connection to end.
          close: () => {
            server.close();
            return new Promise((closed) => setImmediate(closed));
          },
        });
      });
    });
  }

  connect({ host, port, timeoutMs }: ConnectAddress): Promise<Connection> {
    const reader = { onChunk: (): void => undefined };
    const onread = readIntoSharedBuffer(reader);
    const socket = connect({ host, port, noDelay: true, keepAlive: true, onread });
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => socket.destroy(timedOut(host, port, timeoutMs)), timeoutMs);
      socket.once('error', reject);
      socket.once('close', () => clearTimeout(timeout));
      socket.once('connect', () => {
        clearTimeout(timeout);
        socket.off('error', reject);
        socket.pause();
        resolve(new NodeConnection(socket, reader));
      });
    });
  }
}

function acceptedConnection(accepted: Socket): NodeConnection {
  const reader = { onChunk: (): void => undefined };
  const socket = withSharedBuffer(accepted, reader);
  return socket === undefined ? new NodeConnection(accepted) : new NodeConnection(socket, reader);
}

function timedOut(host: string, port: number, timeoutMs: number): Error {
  return Object.assign(new Error(`connecting to ${host}:${port} took more than ${timeoutMs} ms`), {
    code: 'ETIMEDOUT',
  });
}
