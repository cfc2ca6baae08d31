/** Is a port free, and if not, who has it? */
import { connect, createServer } from 'node:net';
import { portOwner } from '../runtime/node/index.ts';

export interface TakenPort {
  readonly port: number;
  /** `node (pid 123)`, or "another process". */
  readonly takenBy: string;
}

/** Those of the ports that cannot be opened on `host`. */
export async function takenPorts(host: string, ports: readonly number[]): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const port of ports) {
    if (await canListen(host, port)) continue;
    taken.push({ port, takenBy: await portOwner(port) });
  }
  return taken;
}

/** A port that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

const CONNECT_TIMEOUT_MS = 2000;

/** Whether somebody listens there. */
export function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
