import { createServer, type Server } from 'node:net';
import { expect, test } from '@jest/globals';
import { acceptsConnections, freePort, takenPorts } from '../../../src/kit/ports.ts';
import { portOwner } from '../../../src/runtime/node/index.ts';

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );

test('a taken port is told with the process that has it', async () => {
  const server = createServer();
  const port = await listening(server);
  const free = await freePort('127.0.0.1');
  const [taken, ...more] = await takenPorts('127.0.0.1', [free, port]);
  expect(more).toEqual([]);
  expect(taken?.port).toBe(port);
  // Where neither /proc nor lsof is at hand, nobody can tell.
  expect(taken?.takenBy).toMatch(new RegExp(`^(.+ \\(pid ${process.pid}\\)|another process)$`));
  expect(await acceptsConnections('127.0.0.1', port)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await acceptsConnections('127.0.0.1', port)).toBe(false);
});

test('a port nobody listens on has no owner to name', async () => {
  expect(await portOwner(await freePort('127.0.0.1'))).toBe('another process');
});
